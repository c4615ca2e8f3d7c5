/** The deployments of this home, the work pools, and what the workspace declares, as the editor shows them. */
import type * as Vscode from "vscode";
import type { LiveEvent } from "../../runtime/protocol/api.ts";
import type { Deployment, WorkPool } from "../../runtime/protocol/deployments.ts";
import { MillraceError } from "../../runtime/protocol/errors.ts";
import type { Declaration, DeploymentModel, Service, VscodeApi } from "../context.ts";
import { flowKey } from "../paths.ts";
import type { RealFiles } from "../real-files.ts";
import { createReading } from "../service/reading.ts";
import { createChecks } from "./checks.ts";
import { createDeclaredFiles } from "./declared-files.ts";

export interface DeploymentModelParts {
  readonly vscode: VscodeApi;
  readonly service: Service;
  readonly files: RealFiles;
  readonly log: Pick<Vscode.LogOutputChannel, "warn" | "debug">;
}

export interface OwnedDeploymentModel extends DeploymentModel, Vscode.Disposable {
  /** A millrace.json was written here. */
  wrote(file: Vscode.Uri): Promise<void>;
}

const told: ReadonlySet<LiveEvent["type"]> = new Set<LiveEvent["type"]>(["deployments", "work-pools"]);
/** Runs of deployments come and go; each reading tells all there is. */
const readEvery = 500;

export function createDeploymentModel({ vscode, service, files, log }: DeploymentModelParts): OwnedDeploymentModel {
  const changed = new vscode.EventEmitter<void>();
  const declaredFiles = createDeclaredFiles(vscode);
  let deployments: readonly Deployment[] = [];
  let pools: readonly WorkPool[] = [];

  function tell(): void {
    changed.fire();
    checks.look();
  }

  const keyOf = (file: string, exported: string, name: string): string => `${flowKey(file, exported, "")}\n${name}`;
  const deployedAs = (settings: Declaration["settings"]): Deployment | undefined => {
    const key = keyOf(files.real(settings.flow_file), settings.flow_export, settings.name);
    return (
      deployments.find((one) => keyOf(one.flow_file, one.flow_export, one.name) === key) ??
      // One whose flow has moved is known by the file that declares it.
      deployments.find((one) => one.name === settings.name && isDeclaredBy(one, settings) && !isDeclaredElsewhere(one))
    );
  };
  const isDeclaredBy = (one: Deployment, { declared_in }: Declaration["settings"]): boolean =>
    one.declared_in !== null && declared_in != null && files.real(one.declared_in) === files.real(declared_in);
  const isDeclaredElsewhere = (one: Deployment): boolean =>
    model.declared.some(
      ({ settings }) =>
        keyOf(files.real(settings.flow_file), settings.flow_export, settings.name) ===
        keyOf(one.flow_file, one.flow_export, one.name),
    );

  const model: OwnedDeploymentModel = {
    get deployments() {
      return deployments;
    },
    get pools() {
      return pools;
    },
    get files() {
      return declaredFiles.files;
    },
    get declared() {
      return declaredFiles.files.flatMap((file) =>
        file.deployments.map(({ declared, settings }): Declaration => ({ file: file.path, declared, settings })),
      );
    },
    get isKnown() {
      return reading.isKnown;
    },
    get problem() {
      return reading.problem;
    },
    onDidChange: changed.event,
    find: (id) => deployments.find((one) => one.id === id),
    ofFlow(file, exported) {
      const key = flowKey(files.real(file), exported, "");
      return deployments.filter((one) => flowKey(one.flow_file, one.flow_export, "") === key);
    },
    deployedAs,
    declarationOf: (deployment) => model.declared.find(({ settings }) => deployedAs(settings)?.id === deployment.id),
    drift: (id) => checks.drift(id),
    planOf: (declaration) => checks.planOf(declaration),
    read: () => reading.read(),
    wake: () => declaredFiles.wake(),
    wrote: (file) => declaredFiles.read(file),
    dispose() {
      reading.dispose();
      checks.dispose();
      declaring.dispose();
      declaredFiles.dispose();
      changed.dispose();
    },
  };
  const checks = createChecks({ vscode, service, files, log, model, found: () => changed.fire() });
  const declaring = declaredFiles.onDidChange(tell);
  const reading = createReading({
    ...{ service, log, what: "deployments", every: readEvery },
    async take(client) {
      const [known, found] = await Promise.all([
        client.request("GET /api/deployments"),
        client.request("GET /api/work_pools").catch((thrown: unknown) => {
          // A service of an earlier version has one pool, and does not tell of it.
          if (thrown instanceof MillraceError && thrown.code === "not-found") return { work_pools: [] };
          throw thrown;
        }),
      ]);
      deployments = known.deployments;
      pools = found.work_pools;
    },
    isTold: (event) => told.has(event.type) || (event.type === "flow-run" && event.flow_run.deployment_id !== null),
    done: tell,
  });
  return model;
}
