/** The deployments of this home, the work pools, and what the workspace declares, as the editor shows them. */
import type * as Vscode from "vscode";
import type { LiveEvent } from "../../runtime/protocol/api.ts";
import type { Deployment, WorkPool } from "../../runtime/protocol/deployments.ts";
import { MillraceError, toError } from "../../runtime/protocol/errors.ts";
import type { Declaration, DeploymentModel, Service, VscodeApi } from "../context.ts";
import { flowKey } from "../paths.ts";
import type { RealFiles } from "../real-files.ts";
import { createThrottle } from "../service/throttle.ts";
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

const told: ReadonlySet<LiveEvent["type"]> = new Set<LiveEvent["type"]>(["deployments", "work-pools", "reset"]);
/** Runs of deployments come and go; each reading tells all there is. */
const readEvery = 500;

export function createDeploymentModel({ vscode, service, files, log }: DeploymentModelParts): OwnedDeploymentModel {
  const changed = new vscode.EventEmitter<void>();
  const declaredFiles = createDeclaredFiles(vscode);
  let deployments: readonly Deployment[] = [];
  let pools: readonly WorkPool[] = [];
  let isKnown = false;
  let problem: string | null = null;
  let reading: Promise<void> | undefined;
  let isStale = false;

  async function readOnce(): Promise<void> {
    try {
      const client = await service.existing();
      if (client === undefined) return;
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
      isKnown = true;
      problem = null;
    } catch (thrown) {
      const { message } = toError(thrown);
      if (problem !== message) log.warn(`deployments: ${message}`);
      problem = message;
    }
    tell();
  }

  function tell(): void {
    changed.fire();
    checks.look();
  }

  /** What is asked for while one reads may have changed since: it is read once more. */
  function read(): Promise<void> {
    if (reading !== undefined) {
      isStale = true;
      return reading;
    }
    reading = (async () => {
      do {
        isStale = false;
        await readOnce();
      } while (isStale);
      reading = undefined;
    })();
    return reading;
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

  const soon = createThrottle(() => void read(), readEvery);
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
      return isKnown;
    },
    get problem() {
      return problem;
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
    read,
    wake: () => declaredFiles.wake(),
    wrote: (file) => declaredFiles.read(file),
    dispose() {
      soon.dispose();
      checks.dispose();
      declaredFiles.dispose();
      for (const one of subscriptions) one.dispose();
      changed.dispose();
    },
  };
  const checks = createChecks({ vscode, service, files, log, model, found: () => changed.fire() });
  const subscriptions = [
    declaredFiles.onDidChange(tell),
    service.onDidChangeState((state) => {
      if (state === "connected") void read();
    }),
    service.onEvent((event) => {
      const isOfDeployment = event.type === "flow-run" && event.flow_run.deployment_id !== null;
      if (told.has(event.type) || isOfDeployment) soon.call();
    }),
  ];
  if (service.state === "connected") void read();
  return model;
}
