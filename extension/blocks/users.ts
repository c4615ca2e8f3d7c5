/** What uses a block, in words. Pure. */
import type { BlockUsers } from "../../runtime/protocol/blocks.ts";
import type { BlockUse } from "../../runtime/protocol/language.ts";
import type { BlockPlace, HostCalls } from "../../runtime/protocol/pages.ts";
import type { VscodeApi } from "../context.ts";

type Users = HostCalls["blockUsers"]["answer"];

/** Beyond these only a number is told. */
const named = 8;

export function placesOf(vscode: Pick<VscodeApi, "Uri">, uses: readonly BlockUse[]): readonly BlockPlace[] {
  return uses.map(({ uri, range: { start }, within }) => ({
    file: vscode.Uri.parse(uri).fsPath,
    line: start.line + 1,
    column: start.character + 1,
    within,
  }));
}

export function othersOf({ deployments = [], work_pools = [], automations = [] }: BlockUsers): Users["others"] {
  return [
    ...deployments.map(({ id, title, field }) => ({ title: `Deployment ${title}`, field, deployment_id: id })),
    ...work_pools.map(({ name }) => ({ title: `Work pool ${name}`, field: "infrastructure.block" })),
    ...automations.map(({ name, field }) => ({ title: `Automation ${name}`, field })),
  ];
}

/** For a question whether it may go. */
export function usersDetail({ blocks, places, others }: Users, shorten: (file: string) => string): string {
  const lines = [
    ...blocks.map(({ slug, name }) => `${slug}/${name} refers to it`),
    ...others.map(({ title, field }) => `${title} names it (${field})`),
    ...places.map(
      ({ file, line, within }) => `${shorten(file)}:${line} loads it${within === null ? "" : ` (${within})`}`,
    ),
  ];
  if (lines.length === 0)
    return "Nothing in this workspace loads it, and no other block, deployment or automation names it. Its secrets go with it.";
  const rest = lines.length - named;
  return [
    "What uses it will fail:",
    ...lines.slice(0, named),
    ...(rest > 0 ? [`and ${rest} more`] : []),
    "Its secrets go with it.",
  ].join("\n");
}
