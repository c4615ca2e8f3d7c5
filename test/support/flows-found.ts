/** Flows, tasks and calls as the language server would tell them. */
import type { CallSite, FileFlows, FlowSite, SiteRange, TaskSite } from "../../runtime/protocol/language.ts";

export function lines(from: number, to: number = from): SiteRange {
  return { start: { line: from, character: 0 }, end: { line: to, character: 10 } };
}

/** A flow of ten lines. */
export function flowSite(name: string, line: number, exported: string | null, rest: Partial<FlowSite> = {}): FlowSite {
  return {
    name,
    export: exported,
    variable: exported ?? name,
    range: lines(line, line + 9),
    selection: lines(line),
    body: lines(line + 1, line + 8),
    parameters: [],
    parameters_complete: true,
    description: null,
    tags: [],
    ...rest,
  };
}

export function taskSite(name: string, line: number): TaskSite {
  return { name, export: name, variable: name, range: lines(line, line + 2), selection: lines(line) };
}

export function callSite(name: string, line: number, flow: string | null, rest: Partial<CallSite> = {}): CallSite {
  return { name, callee: "task", form: "call", range: lines(line), flow, ...rest };
}

export function fileFlows(uri: string, rest: Partial<FileFlows> = {}): FileFlows {
  return { uri, version: null, flows: [], tasks: [], calls: [], ...rest };
}
