/** The flows that one can choose from. Pure. */
import type { FlowSummary } from "../../runtime/protocol/editor-api.ts";
import { relativePath } from "../kit/format.ts";
import type { ChosenFlow } from "./filters.ts";

export interface FlowChoice {
  readonly value: string;
  readonly label: string;
  readonly flow: ChosenFlow | null;
}

export function flowKey(flow: ChosenFlow | null): string {
  return flow === null ? "" : JSON.stringify([flow.file ?? "", flow.export ?? "", flow.file ? "" : (flow.name ?? "")]);
}

/** Flows that have runs, by name; of two with one name the file tells which is meant. */
export function flowChoices(
  flows: readonly FlowSummary[],
  chosen: ChosenFlow | null,
  folders: readonly string[],
): readonly FlowChoice[] {
  const inside = flows.filter(
    ({ flow_file }) => folders.length === 0 || relativePath(flow_file, folders) !== flow_file,
  );
  const names = new Map<string, number>();
  for (const { flow_name } of inside) names.set(flow_name, (names.get(flow_name) ?? 0) + 1);
  const choices = inside
    .map(({ flow_file, flow_export, flow_name }): FlowChoice => {
      const flow = { file: flow_file, name: flow_name, ...(flow_export === null ? {} : { export: flow_export }) };
      const label = (names.get(flow_name) ?? 0) > 1 ? `${flow_name} · ${relativePath(flow_file, folders)}` : flow_name;
      return { value: flowKey(flow), label, flow };
    })
    .sort((a, b) => a.label.localeCompare(b.label));
  const own = flowKey(chosen);
  const known = chosen === null || choices.some(({ value }) => value === own);
  return [
    { value: "", label: "All flows", flow: null },
    ...choices,
    ...(known ? [] : [{ value: own, label: chosen.name ?? chosen.export ?? chosen.file ?? "", flow: chosen }]),
  ];
}
