/** Which flow the Flow view shows. Pure. */
import type { FileFlows, FlowSite, FlowTarget } from "../../runtime/protocol/language.ts";
import type { PanelTarget } from "../../runtime/protocol/pages.ts";

export interface PanelInput {
  readonly file: FileFlows;
  /** Absolute path. */
  readonly path: string;
  /** Line of the cursor, from 0. */
  readonly line: number;
  /** What is shown now: it stays while the cursor is in no flow of the same file. */
  readonly shown: PanelTarget | null;
  lastRunId(target: FlowTarget): string | null;
}

export function panelTarget({ file, path, line, shown, lastRunId }: PanelInput): PanelTarget | null {
  const flow = chosen(file, line, shown);
  if (flow === undefined) return null;
  const targetOf = ({ export: exported, name }: FlowSite): FlowTarget => ({ uri: file.uri, export: exported, name });
  const target = targetOf(flow);
  return {
    target,
    file: path,
    flow,
    siblings: file.flows.filter((other) => other !== flow).map(targetOf),
    last_run_id: lastRunId(target),
  };
}

function chosen(file: FileFlows, line: number, shown: PanelTarget | null): FlowSite | undefined {
  const { flows } = file;
  const under = flows.find(({ range }) => range.start.line <= line && line <= range.end.line);
  if (under !== undefined) return under;
  if (shown?.target.uri === file.uri) {
    const same = flows.find((flow) => isSame(flow, shown.flow));
    if (same !== undefined) return same;
  }
  return flows.findLast(({ range }) => range.start.line <= line) ?? flows[0];
}

function isSame(one: FlowSite, other: FlowSite): boolean {
  return one.export === null ? one.name === other.name : one.export === other.export;
}
