/**
 * Whether deployments still fit their flows, and what deploying a declaration would change. Both load the flow's file in
 * a process of the service, so they are asked in trusted folders only, and only when something has changed.
 */
import type * as Vscode from "vscode";
import type { Client } from "../../runtime/client/client.ts";
import type { DeploymentDrift, DeploymentPlan } from "../../runtime/protocol/deployments.ts";
import { toError } from "../../runtime/protocol/errors.ts";
import type { Declaration, DeploymentModel, Service, VscodeApi } from "../context.ts";
import { isInside } from "../paths.ts";
import type { RealFiles } from "../real-files.ts";

export interface Checks extends Vscode.Disposable {
  /** Checks, after a while, what has changed since it was checked last. */
  look(): void;
  drift(id: string): readonly DeploymentDrift[];
  planOf(declaration: Declaration): DeploymentPlan | undefined;
}

export interface ChecksParts {
  readonly vscode: VscodeApi;
  readonly service: Service;
  readonly files: RealFiles;
  readonly log: Pick<Vscode.LogOutputChannel, "debug">;
  readonly model: Pick<DeploymentModel, "deployments" | "declared">;
  /** Something else was found than before. */
  found(): void;
}

/** Milliseconds after the last change. */
const quiet = 600;
const mostChecked = 100;
const sourceFile = /\.[cm]?[jt]sx?$|\.json$/;

export function createChecks({ vscode, service, files, log, model, found }: ChecksParts): Checks {
  const drifts = new Map<string, readonly DeploymentDrift[]>();
  const plans = new Map<string, DeploymentPlan>();
  /** What was checked, by what it depends on: a saved file makes all of it old. */
  const checked = new Map<string, string>();
  let saves = 0;
  let timer: NodeJS.Timeout | undefined;
  let isBusy = false;
  let isAgain = false;

  async function check(client: Client): Promise<boolean> {
    let isNew = false;
    const folders = files.folders();
    const own = model.deployments.filter(({ flow_file }) => isInside(flow_file, folders)).slice(0, mostChecked);
    const keep = <Value>(map: Map<string, Value>, key: string, value: Value): void => {
      isNew ||= JSON.stringify(map.get(key) ?? null) !== JSON.stringify(value);
      map.set(key, value);
    };
    for (const { id, version, flow_file } of own) {
      if (!isStale(`deployment ${id}`, `${version} ${flow_file} ${saves}`)) continue;
      const { drift } = await client.request("GET /api/deployments/:id/drift", {
        params: { id },
        timeout_ms: patience,
      });
      keep(drifts, id, drift);
    }
    for (const declaration of model.declared.slice(0, mostChecked)) {
      const key = keyOf(declaration);
      const deployed = own.map(({ id, version }) => `${id}@${version}`).join(" ");
      if (!isStale(`declared ${key}`, `${JSON.stringify(declaration.settings)} ${deployed} ${saves}`)) continue;
      const body = { ...declaration.settings, dry_run: true };
      try {
        keep(plans, key, (await client.request("POST /api/deployments", { body, timeout_ms: patience })).plan);
      } catch (thrown) {
        const { message } = toError(thrown);
        keep(plans, key, { kind: "changed", changes: [], problems: [{ path: "flow", message }] });
      }
    }
    const ids = new Set(own.map(({ id }) => id));
    for (const id of drifts.keys()) if (!ids.has(id)) drifts.delete(id);
    return isNew;
  }

  function isStale(what: string, state: string): boolean {
    if (checked.get(what) === state) return false;
    checked.set(what, state);
    return true;
  }

  async function work(): Promise<void> {
    timer = undefined;
    if (!vscode.workspace.isTrusted || service.state !== "connected") return;
    if (isBusy) {
      isAgain = true;
      return;
    }
    isBusy = true;
    try {
      const client = await service.existing();
      if (client !== undefined && (await check(client))) found();
    } catch (thrown) {
      // What could not be asked is asked again with the next change.
      checked.clear();
      log.debug(`checking deployments: ${toError(thrown).message}`);
    } finally {
      isBusy = false;
      if (isAgain) look();
      isAgain = false;
    }
  }

  function look(): void {
    clearTimeout(timer);
    if (model.deployments.length > 0 || model.declared.length > 0) timer = setTimeout(() => void work(), quiet);
  }

  const subscriptions = [
    vscode.workspace.onDidSaveTextDocument((document) => {
      if (!sourceFile.test(document.uri.fsPath)) return;
      saves++;
      look();
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(look),
  ];
  return {
    look,
    drift: (id) => drifts.get(id) ?? [],
    planOf: (declaration) => plans.get(keyOf(declaration)),
    dispose() {
      clearTimeout(timer);
      for (const one of subscriptions) one.dispose();
    },
  };
}

/** Loading a flow's file may take a while on a slow machine. */
const patience = 60_000;

function keyOf({ file, declared }: Declaration): string {
  return JSON.stringify([file, declared.file, declared.export, declared.settings.name]);
}
