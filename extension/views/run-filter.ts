/** Which runs the Runs tree shows: states, one flow, a text. Asked for step by step, as the editor's own lists do. */
import type * as Vscode from "vscode";
import type { FlowRun, FlowRunFilter } from "../../runtime/protocol/api.ts";
import { stateLook } from "../../runtime/protocol/state-look.ts";
import { type StateType, stateTypes } from "../../runtime/protocol/states.ts";
import type { VscodeApi } from "../context.ts";
import { joined } from "./node.ts";

export interface RunFilter {
  readonly states: readonly StateType[];
  readonly flow: FilteredFlow | undefined;
  readonly text: string;
}

export interface FilteredFlow {
  readonly file: string;
  readonly export: string | null;
  readonly name: string;
}

export const noFilter: RunFilter = { states: [], flow: undefined, text: "" };

export function isFiltering({ states, flow, text }: RunFilter): boolean {
  return states.length > 0 || flow !== undefined || text !== "";
}

/** "Failed, Crashed · etl-parent · “2021”" */
export function filterWords({ states, flow, text }: RunFilter): string {
  const words = states.map((type) => stateLook(type).word).join(", ");
  return joined(words, flow?.name, text === "" ? undefined : `“${text}”`);
}

export function filterQuery({ states, flow, text }: RunFilter): FlowRunFilter {
  return {
    ...(states.length === 0 ? {} : { state_types: states }),
    ...(flow === undefined ? {} : { flow_file: flow.file }),
    ...(flow === undefined || flow.export === null ? {} : { flow_export: flow.export }),
    ...(flow !== undefined && flow.export === null ? { flow_name: flow.name } : {}),
    ...(text === "" ? {} : { text }),
  };
}

/** Flows that have runs, each once, by name. */
export function flowsOf(runs: readonly FlowRun[]): readonly FilteredFlow[] {
  const flows = new Map<string, FilteredFlow>();
  for (const { flow_file: file, flow_export: exported, flow_name: name } of runs) {
    const key = `${file}\n${exported ?? name}`;
    if (!flows.has(key)) flows.set(key, { file, export: exported, name });
  }
  return [...flows.values()].sort((one, other) => one.name.localeCompare(other.name));
}

type Item<Value> = Vscode.QuickPickItem & { readonly value: Value };

/** @returns the new filter, or undefined when the user went away. */
export async function askFilter(
  vscode: VscodeApi,
  filter: RunFilter,
  flows: readonly FilteredFlow[],
): Promise<RunFilter | undefined> {
  const part = await vscode.window.showQuickPick(filterParts(filter), {
    title: "Filter Runs",
    placeHolder: "What the shown runs have in common",
  });
  switch (part?.value) {
    case "states":
      return askStates(vscode, filter);
    case "flow":
      return askFlow(vscode, filter, flows);
    case "text":
      return askText(vscode, filter);
    case "clear":
      return noFilter;
    default:
      return undefined;
  }
}

function filterParts(filter: RunFilter): Item<"states" | "flow" | "text" | "clear">[] {
  const { states, flow, text } = filter;
  return [
    { label: "$(pulse) State", description: filterWords({ ...noFilter, states }), value: "states" },
    { label: "$(symbol-event) Flow", description: flow?.name ?? "", value: "flow" },
    {
      label: "$(search) Text",
      description: text === "" ? "in the name of the run, of its flow or in its parameters" : text,
      value: "text",
    },
    ...(isFiltering(filter) ? [{ label: "$(clear-all) Show All Runs", value: "clear" as const }] : []),
  ];
}

async function askStates(vscode: VscodeApi, filter: RunFilter): Promise<RunFilter | undefined> {
  const items = stateTypes.map((type): Item<StateType> => {
    const { icon, word } = stateLook(type);
    return { label: `$(${icon}) ${word}`, picked: filter.states.includes(type), value: type };
  });
  const chosen = await vscode.window.showQuickPick(items, {
    title: "Filter Runs by State",
    placeHolder: "None chosen: all states",
    canPickMany: true,
  });
  return chosen === undefined ? undefined : { ...filter, states: chosen.map(({ value }) => value) };
}

async function askFlow(
  vscode: VscodeApi,
  filter: RunFilter,
  flows: readonly FilteredFlow[],
): Promise<RunFilter | undefined> {
  const items: Item<FilteredFlow | undefined>[] = [
    { label: "All flows", value: undefined },
    ...flows.map((flow) => ({
      label: flow.name,
      description: vscode.workspace.asRelativePath(flow.file),
      value: flow,
    })),
  ];
  const chosen = await vscode.window.showQuickPick(items, {
    title: "Filter Runs by Flow",
    matchOnDescription: true,
  });
  return chosen === undefined ? undefined : { ...filter, flow: chosen.value };
}

async function askText(vscode: VscodeApi, filter: RunFilter): Promise<RunFilter | undefined> {
  const text = await vscode.window.showInputBox({
    title: "Filter Runs by Text",
    prompt: "Shows runs with this text in their name, their flow's name or their parameters. Empty for all.",
    value: filter.text,
  });
  return text === undefined ? undefined : { ...filter, text: text.trim() };
}
