/** What pages ask of the editor (HostCalls): each call and who does it. */

import { MillraceError } from "../../runtime/protocol/errors.ts";
import type { HostCallName, HostCalls } from "../../runtime/protocol/pages.ts";
import { runLink } from "../commands/links.ts";
import type { Actions, Context, Pages } from "../context.ts";
import { CancelledByUser } from "../problems.ts";
import { checkHostInput } from "./host-input.ts";
import { openExternal } from "./open-outside.ts";
import { openSource } from "./open-source.ts";

type Call<Name extends HostCallName> = (input: HostCalls[Name]["input"]) => Promise<HostCalls[Name]["answer"]>;
export type HostCallTable = { readonly [Name in HostCallName]: Call<Name> };

/** These belong to one page: what it follows ends with it, and it opens only the files that it was told of. */
export type OwnCalls = Pick<HostCallTable, "follow" | "unfollow" | "openFile" | BlockPageCall | DeployPageCall>;
/** What only a block's page may ask for. */
export type BlockPageCall = "keepDraft" | "saveBlock" | "createBlock" | "testBlock" | "cancelTest";

/** What only a Deploy page may ask for. */
export type DeployPageCall = "planDeployment" | "compareDeployment" | "saveDeployment" | "keepDeployDraft";

export function createHostCalls(context: Omit<Context, "pages">, pages: Pages, own: OwnCalls): HostCallTable {
  const { vscode } = context;
  const { actions } = context satisfies { readonly actions: Actions };
  const { blockActions, deploymentActions } = context;
  const commands: Readonly<Record<HostCalls["command"]["input"]["command"], () => Promise<unknown>>> = {
    newFlow: async () => vscode.commands.executeCommand("millrace.newFlow"),
    example: async () => vscode.commands.executeCommand("millrace.example"),
    trust: async () => vscode.commands.executeCommand("workbench.trust.manage"),
    showLog: async () => vscode.commands.executeCommand("millrace.showLog"),
    openFolder: async () => vscode.commands.executeCommand("vscode.openFolder"),
    registerBlocks: async () => vscode.commands.executeCommand("millrace.registerBlocks"),
    startService: () => context.service.client(),
  };
  return {
    ...actions,
    ...own,
    async openRun({ run_id, task_run_id }) {
      await pages.openRun(run_id, { focus: true, ...(task_run_id === undefined ? {} : { task_run_id }) });
      return null;
    },
    async openHistory(filter) {
      await pages.openHistory(filter);
      return null;
    },
    async openGraph(target) {
      await pages.openGraph(target);
      return null;
    },
    async openBlock(block) {
      await pages.openBlock(block);
      return null;
    },
    blockUsers: (block) => blockActions.users(block),
    async renameBlock(block) {
      const name = await blockActions.rename(block);
      await pages.openBlock({ slug: block.slug, name });
      return null;
    },
    async duplicateBlock(block) {
      await blockActions.duplicate(block);
      return null;
    },
    async deleteBlock(block) {
      await blockActions.remove(block);
      return null;
    },
    async insertBlockSnippet(block) {
      await blockActions.insertSnippet(block);
      return null;
    },
    async openDeployment({ deployment_id }) {
      await pages.openDeployment({ deployment_id });
      return null;
    },
    async switchSchedules({ deployment_id, on }) {
      await deploymentActions.switchSchedules(deployment_id, on);
      return null;
    },
    async runDeployment({ deployment_id, ask }) {
      await deploymentActions.run(deployment_id, ask === true);
      return null;
    },
    async restoreDeployment({ deployment_id, version }) {
      await deploymentActions.goBack(deployment_id, version);
      return null;
    },
    async deleteDeployment({ deployment_id }) {
      await deploymentActions.remove(deployment_id);
      return null;
    },
    async cancelBackfill({ backfill_id: id }) {
      const answer = await vscode.window.showWarningMessage(
        "Cancel this backfill?",
        { modal: true, detail: "Nothing more of it is started, and what waits is cancelled." },
        "Cancel Backfill",
      );
      if (answer === undefined) throw new CancelledByUser();
      const client = await context.service.client();
      await client.request("POST /api/backfills/:id/cancel", { params: { id }, timeout_ms: 60_000 });
      return null;
    },
    copyLink: ({ run_id }) => actions.copy({ text: runLink(context, run_id), what: "the run's link" }),
    openSource: (input) => openSource(context, input),
    openExternal: ({ url }) => openExternal(context, url),
    async command({ command }) {
      if (!Object.hasOwn(commands, command)) throw new MillraceError("bad-usage", `There is no command "${command}".`);
      await commands[command]();
      return null;
    },
    staticGraph: (target) => context.flows.graph(target),
  };
}

/** Does what a page asked for by name. Names and inputs come from a page, so they are looked up and checked, never trusted. */
export async function callHost(table: HostCallTable, name: string, input: unknown): Promise<unknown> {
  if (!isHostCall(table, name)) throw new MillraceError("bad-usage", `A page asked for "${name}", which there is not.`);
  checkHostInput(name, input ?? {});
  const call: (input: never) => Promise<unknown> = table[name];
  return Reflect.apply(call, undefined, [input ?? {}]);
}

function isHostCall(table: HostCallTable, name: string): name is HostCallName {
  return Object.hasOwn(table, name);
}
