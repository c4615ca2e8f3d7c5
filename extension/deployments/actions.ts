/** What a person does with deployments (see `DeploymentActions`). */
import type * as Vscode from "vscode";
import type { DraftPlan } from "../../runtime/protocol/deploy-page.ts";
import type { Deployment } from "../../runtime/protocol/deployments.ts";
import { MillraceError, toError } from "../../runtime/protocol/errors.ts";
import { newId } from "../../runtime/protocol/ids.ts";
import { removeDeclared } from "../../runtime/protocol/write-declared.ts";
import { workingFolder } from "../commands/environment.ts";
import { requireTrust } from "../commands/trust.ts";
import type { RunWatch } from "../commands/watch-runs.ts";
import type { Context, DeploymentActions, DeployPlace } from "../context.ts";
import { CancelledByUser } from "../problems.ts";
import type { RealFiles } from "../real-files.ts";
import { applyDeclared, askToDeploy } from "./apply.ts";
import { readText } from "./declared-files.ts";
import { changedLines, declaredDraft, draftText, isSameDraft } from "./draft-text.ts";
import type { OwnedDeploymentModel } from "./model.ts";
import { type PlannedTexts, plannedAddress } from "./planned-texts.ts";

export interface DeploymentActionParts {
  readonly context: Omit<Context, "deploymentActions">;
  readonly deployments: OwnedDeploymentModel;
  readonly files: RealFiles;
  readonly texts: PlannedTexts;
  readonly watch: RunWatch;
}

export function createDeploymentActions(parts: DeploymentActionParts): DeploymentActions {
  const { context, deployments, files, texts, watch } = parts;
  const { vscode, service } = context;

  const existing = (id: string): Deployment => {
    const found = deployments.find(id);
    if (found === undefined) throw new MillraceError("not-found", "This deployment is not there any more.");
    return found;
  };
  const uriOf = (place: DeployPlace): Vscode.Uri => vscode.Uri.file(place.flow_file);

  /** A comparison shows copies under the same path: they are not the file. */
  const openDocument = (file: string): Vscode.TextDocument | undefined =>
    vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === "file" && uri.fsPath === file);

  async function textOf(file: string): Promise<string | undefined> {
    const open = openDocument(file);
    return open === undefined ? readText(vscode, vscode.Uri.file(file)) : open.getText();
  }

  async function prepared(place: DeployPlace, input: Parameters<DeploymentActions["plan"]>[1]) {
    const file = place.declaration?.file ?? place.file;
    const before = file === null ? undefined : await textOf(file);
    const { settings, text } = draftText({ ...place, file }, input, before, workingFolder(vscode, uriOf(place)));
    const changes = file === null || text === undefined ? undefined : { path: file, before, text };
    return { settings, file: changes };
  }

  async function plan(place: DeployPlace, input: Parameters<DeploymentActions["plan"]>[1]): Promise<DraftPlan> {
    const { settings, file } = await prepared(place, input);
    const written =
      file === undefined
        ? null
        : { path: file.path, exists: file.before !== undefined, ...changedLines(file.before ?? "", file.text) };
    requireTrust(vscode, "Deploying a flow");
    try {
      const client = await service.existing();
      if (client === undefined) return { plan: null, problem: null, file: written };
      return { plan: (await askToDeploy(client, settings, true)).plan, problem: null, file: written };
    } catch (thrown) {
      const error = toError(thrown);
      const fields = error instanceof MillraceError ? error.fields : [];
      if (fields.length > 0)
        return { plan: { kind: "changed", changes: [], problems: fields }, problem: null, file: written };
      return { plan: null, problem: error.message, file: written };
    }
  }

  async function write(path: string, before: string | undefined, text: string): Promise<void> {
    if (text === before) return;
    const uri = vscode.Uri.file(path);
    const open = openDocument(path);
    if (open === undefined) await vscode.workspace.fs.writeFile(uri, Buffer.from(text, "utf8"));
    else {
      // An open document keeps its undo, and what was typed there and not saved is part of it.
      const edit = new vscode.WorkspaceEdit();
      edit.replace(uri, new vscode.Range(0, 0, open.lineCount, 0), text);
      if (!(await vscode.workspace.applyEdit(edit)) || !(await open.save())) {
        throw new MillraceError("bad-file", `${path} could not be changed. Nothing was deployed.`);
      }
    }
    await deployments.wrote(uri);
  }

  async function remove(id: string): Promise<void> {
    const deployment = existing(id);
    const declaration = deployments.declarationOf(deployment);
    const both = "Delete Here and in the File";
    const here = declaration === undefined ? "Delete" : "Delete Here";
    const detail =
      declaration === undefined
        ? "Its schedules end. Its runs stay in the history."
        : `Its schedules end here. ${vscode.workspace.asRelativePath(declaration.file)} declares it: as long as it stands there, anybody can deploy it again.`;
    const answer = await vscode.window.showWarningMessage(
      `Delete the deployment ${deployment.flow_name} · ${deployment.name}?`,
      { modal: true, detail },
      here,
      ...(declaration === undefined ? [] : [both]),
    );
    if (answer === undefined) throw new CancelledByUser();
    if (answer === both && declaration !== undefined) {
      const before = await textOf(declaration.file);
      const { flow, name } = declaration.declared.entry;
      if (before !== undefined) await write(declaration.file, before, removeDeclared(before, { flow, name }));
    }
    const client = await service.client();
    await client.request("DELETE /api/deployments/:id", { params: { id } });
    await deployments.read();
  }

  return {
    plan,
    async compare(place, input) {
      const { file } = await prepared(place, input);
      if (file === undefined) return;
      const name = vscode.workspace.asRelativePath(file.path);
      const [left, right] = [plannedAddress(file.path, "before"), plannedAddress(file.path, "after")];
      texts.set(left, file.before ?? "");
      texts.set(right, file.text);
      const [one, other] = [left, right].map((address) => vscode.Uri.from(address));
      await vscode.commands.executeCommand("vscode.diff", one, other, `${name}: now and once deployed`);
    },
    async save(place, { apply: isApplied, base, force = false, ...input }) {
      requireTrust(vscode, "Deploying a flow");
      const now = place.declaration === undefined ? null : declaredDraft(place.declaration);
      if (!force && !isSameDraft(now, base)) {
        throw new MillraceError(
          "conflict",
          `${vscode.workspace.asRelativePath(place.declaration?.file ?? place.file ?? "")} says something else of this deployment than when this page was opened.`,
        );
      }
      const { settings, file } = await prepared(place, input);
      const told = async (): Promise<DraftPlan> => plan(place, input);
      if (!isApplied) {
        if (file !== undefined) await write(file.path, file.before, file.text);
        return { plan: await told(), deployment: null };
      }
      const client = await service.client();
      const planned = await askToDeploy(client, settings, true);
      if (planned.plan.problems.length > 0) {
        return { plan: { plan: planned.plan, problem: null, file: null }, deployment: null };
      }
      if (file !== undefined) await write(file.path, file.before, file.text);
      const { deployment, plan: done } = await askToDeploy(client, settings, false);
      await deployments.read();
      return { plan: { plan: done, problem: null, file: null }, deployment };
    },
    async goBack(id, version) {
      requireTrust(vscode, "Deploying a flow");
      const { flow_name, name, declared_in } = existing(id);
      const file =
        declared_in === null
          ? ""
          : `${vscode.workspace.asRelativePath(declared_in)} stays as it is: deploying from it takes what it says again.`;
      const answer = await vscode.window.showWarningMessage(
        `Go back to version ${version} of ${flow_name} · ${name}?`,
        { modal: true, detail: `Its settings and its code become those of that version, as a new one. ${file}`.trim() },
        "Go Back",
      );
      if (answer !== "Go Back") throw new CancelledByUser();
      const client = await service.client();
      const params = { id, version: String(version) };
      await client.request("POST /api/deployments/:id/versions/:version/restore", { params });
      await deployments.read();
    },
    async switchSchedules(id, on) {
      const client = await service.client();
      const route = on ? "POST /api/deployments/:id/resume" : "POST /api/deployments/:id/pause";
      await client.request(route, { params: { id } });
      await deployments.read();
    },
    async switchSchedule(id, schedule, on) {
      const client = await service.client();
      await client.request("POST /api/deployments/:id/schedules/:schedule/active", {
        params: { id, schedule },
        body: { active: on },
      });
      await deployments.read();
    },
    async run(id, ask) {
      requireTrust(vscode, "Running a deployment");
      const { flow_file, flow_export, flow_name, name } = existing(id);
      const target = {
        uri: vscode.Uri.file(files.shown(flow_file)).toString(),
        export: flow_export,
        name: flow_name,
      };
      const run_id = newId();
      if (ask) {
        const title = `${flow_name} · ${name}`;
        await context.pages.openRun(run_id, { title, target, deployment_id: id, focus: true });
        return;
      }
      watch.began(run_id);
      const client = await service.client();
      await client.request("POST /api/deployments/:id/create_flow_run", { params: { id }, body: { id: run_id } });
      await context.pages.openRun(run_id, { title: `${flow_name} · ${name}`, target, started: true });
    },
    remove,
    apply: (file) => applyDeclared(context, deployments, file),
    async pausePool(name, is_paused) {
      await (await service.client()).request("PUT /api/work_pools/:name", { params: { name }, body: { is_paused } });
      await deployments.read();
    },
    async pauseQueue(name, queue, is_paused) {
      const client = await service.client();
      await client.request("PUT /api/work_pools/:name/queues/:queue", { params: { name, queue }, body: { is_paused } });
      await deployments.read();
    },
  };
}
