/** Lines of the Flows tree: folder (where there are several) → file → flow → its tasks as the source tells them. */
import path from "node:path";
import type { FlowRun } from "../../runtime/protocol/api.ts";
import { formatDuration } from "../../runtime/protocol/durations.ts";
import { formatMoment, formatPlural } from "../../runtime/protocol/formats.ts";
import type { CallSite, FileFlows, FlowSite, FlowTarget } from "../../runtime/protocol/language.ts";
import { isTerminal } from "../../runtime/protocol/states.ts";
import type { ItemWord } from "../context.ts";
import { joined, stateIcon, stateWord, type Tooltip, type TreeNode } from "./node.ts";

export interface FlowTreeInput {
  readonly files: readonly FileFlows[];
  readonly folders: readonly { readonly uri: string; readonly name: string }[];
  lastRun(target: FlowTarget): FlowRun | undefined;
}

/** Up to this many files are shown open. */
const openFiles = 8;

export function flowNodes({ files, folders, lastRun }: FlowTreeInput): readonly TreeNode[] {
  const shown = files.filter(({ flows }) => flows.length > 0).sort((one, other) => compare(one.uri, other.uri));
  const opens = shown.length <= openFiles ? "open" : "closed";
  const byFolder = new Map<string | undefined, TreeNode[]>();
  for (const file of shown) {
    const folder = innermost(file.uri, folders);
    const nodes = byFolder.get(folder?.uri) ?? [];
    nodes.push(fileNode(file, folder?.uri, opens, lastRun));
    byFolder.set(folder?.uri, nodes);
  }
  if (folders.length < 2) return [...byFolder.values()].flat();
  return [
    ...folders.flatMap(({ uri, name }): TreeNode[] => {
      const children = byFolder.get(uri);
      return children === undefined ? [] : [folderNode(uri, name, children)];
    }),
    ...(byFolder.get(undefined) ?? []),
  ];
}

function folderNode(uri: string, name: string, children: readonly TreeNode[]): TreeNode {
  return {
    id: `folder ${uri}`,
    label: name,
    icon: { kind: "folder", uri },
    words: [],
    opens: "open",
    says: `Folder ${name}, ${formatPlural(children.length, "file")} with flows`,
    children,
  };
}

function fileNode(
  file: FileFlows,
  folder: string | undefined,
  opens: TreeNode["opens"],
  lastRun: FlowTreeInput["lastRun"],
): TreeNode {
  const names = decodeURIComponent(
    folder === undefined ? new URL(file.uri).pathname : file.uri.slice(folder.length + 1),
  );
  const directory = path.posix.dirname(names);
  const name = path.posix.basename(names);
  return {
    id: `file ${file.uri}`,
    label: name,
    ...(directory === "." ? {} : { description: directory }),
    icon: { kind: "file", uri: file.uri },
    words: ["file"],
    opens,
    says: joined(`File ${name}`, directory === "." ? undefined : directory, formatPlural(file.flows.length, "flow")),
    children: file.flows.map((flow) => flowNode(file, flow, lastRun)),
  };
}

function flowNode(file: FileFlows, flow: FlowSite, lastRun: FlowTreeInput["lastRun"]): TreeNode {
  const target: FlowTarget = { uri: file.uri, export: flow.export, name: flow.name };
  const run = lastRun(target);
  const tasks = taskNodes(file, flow);
  const words: ItemWord[] = ["flow", "source"];
  if (flow.export !== null) words.push("runnable");
  if (run !== undefined) words.push("hasRun");
  const state = run === undefined ? undefined : stateWord(run.state_type, run.state_name);
  const duration =
    run !== undefined && isTerminal(run.state_type) && run.start_time !== null
      ? formatDuration(run.total_run_time * 1000)
      : undefined;
  const live = run !== undefined && !isTerminal(run.state_type) ? state?.toLowerCase() : undefined;
  return {
    id: `flow ${file.uri}#${flow.export ?? flow.variable ?? flow.name}`,
    target,
    ...(run === undefined ? {} : { run_id: run.id }),
    label: flow.name,
    description: joined(flow.export === null ? "not exported" : undefined, live, duration),
    tooltip: flowTooltip(flow, run, state, duration),
    icon: run === undefined ? { kind: "codicon", name: "circle-outline" } : stateIcon(run.state_type, run.state_name),
    words,
    opens: tasks.length === 0 ? "never" : "closed",
    click: { kind: "code", uri: file.uri, range: flow.selection },
    says: [`Flow ${flow.name}`, flow.export === null ? "not exported" : "", state ?? "has not run yet", duration]
      .filter(Boolean)
      .join(", "),
    children: tasks,
  };
}

function flowTooltip(
  flow: FlowSite,
  run: FlowRun | undefined,
  state: string | undefined,
  duration: string | undefined,
): Tooltip {
  const lines: [string, string][] = [];
  if (flow.parameters.length > 0) {
    const parameters = flow.parameters.map(({ name, type, required }) => `${name}${required ? "" : "?"}: ${type}`);
    lines.push(["Parameters", parameters.join(", ")]);
  }
  if (flow.tags.length > 0) lines.push(["Tags", flow.tags.join(", ")]);
  if (run !== undefined) {
    const at = formatMoment(Date.parse(run.end_time ?? run.start_time ?? run.created));
    lines.push(["Last run", joined(`${run.name}: ${state}`, duration, at)]);
  }
  const note =
    flow.export === null ? "Only exported flows can be run. Write `export` before its declaration." : flow.description;
  return { title: flow.name, lines, ...(note === null ? {} : { note }) };
}

/** What a flow calls, each once, in the order of the source. */
function taskNodes(file: FileFlows, flow: FlowSite): readonly TreeNode[] {
  const own = file.calls.filter(
    (call) => call.flow !== null && (call.flow === flow.export || call.flow === flow.variable),
  );
  const first = new Map<string, CallSite>();
  for (const call of [...own].sort(bySource)) {
    const key = `${call.callee} ${call.name}`;
    if (!first.has(key)) first.set(key, call);
  }
  return [...first.values()].map((call) => taskNode(file, flow, call));
}

function taskNode(file: FileFlows, flow: FlowSite, call: CallSite): TreeNode {
  const sites = call.callee === "task" ? file.tasks : file.flows;
  const definition = sites.find(({ name }) => name === call.name);
  const kind = call.callee === "task" ? "Task" : "Subflow";
  return {
    id: `flow ${file.uri}#${flow.export ?? flow.variable ?? flow.name} ${call.callee} ${call.name}`,
    target: { uri: file.uri, export: flow.export, name: flow.name },
    label: call.name,
    description: joined(call.callee === "flow" ? "subflow" : undefined, call.form === "map" ? "mapped" : undefined),
    icon: { kind: "codicon", name: call.callee === "flow" ? "type-hierarchy-sub" : "symbol-method" },
    words: ["task"],
    opens: "never",
    click: { kind: "code", uri: file.uri, range: definition?.selection ?? call.range },
    says: joined(`${kind} ${call.name}`, call.form === "map" ? "mapped" : undefined),
  };
}

function innermost(uri: string, folders: FlowTreeInput["folders"]): FlowTreeInput["folders"][number] | undefined {
  return folders
    .filter((folder) => uri.startsWith(`${folder.uri}/`))
    .sort((one, other) => other.uri.length - one.uri.length)[0];
}

function bySource(one: CallSite, other: CallSite): number {
  return one.range.start.line - other.range.start.line || one.range.start.character - other.range.start.character;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
