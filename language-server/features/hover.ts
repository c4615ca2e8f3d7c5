import { type Hover, MarkupKind } from "vscode-languageserver/node";
import type { FlowSite, ParameterSite, SitePosition, SiteRange } from "../../runtime/protocol/language.ts";
import type { FileFacts } from "../analysis/facts.ts";
import { kindOf, type Modules, resolve } from "../workspace/resolve.ts";
import { flowSite } from "../workspace/sites.ts";

/** A flow's card, on its name where it is defined and wherever it is called. */
export function flowHover(modules: Modules, file: FileFacts, position: SitePosition): Hover | null {
  for (const definition of file.definitions) {
    const range = [definition.selection, definition.nameRange].find((each) => each !== null && holds(each, position));
    if (range == null || kindOf(modules, file, definition) !== "flow") continue;
    return card(flowSite(modules, file, definition), range);
  }
  const call = file.calls.find(({ selection }) => holds(selection, position));
  const called = call === undefined ? undefined : resolve(modules, file, call.callee);
  if (call === undefined || called?.kind !== "definition") return null;
  if (kindOf(modules, called.file, called.definition) !== "flow") return null;
  return card(flowSite(modules, called.file, called.definition), call.selection);
}

export function holds(range: SiteRange, { line, character }: SitePosition): boolean {
  const afterStart = line > range.start.line || (line === range.start.line && character >= range.start.character);
  return afterStart && (line < range.end.line || (line === range.end.line && character <= range.end.character));
}

function card(flow: FlowSite, range: SiteRange): Hover {
  const parts = [`**${escaped(flow.name)}** flow`];
  if (flow.description !== null) parts.push(escaped(flow.description));
  if (flow.parameters.length > 0) parts.push(parameterTable(flow.parameters));
  else if (flow.parameters_complete) parts.push("No parameters.");
  if (!flow.parameters_complete) parts.push("Its parameters can be told only by running it.");
  if (flow.tags.length > 0) parts.push(`Tags: ${flow.tags.map(code).join(" ")}`);
  if (flow.export === null) parts.push("It is not exported, so it can only be called by other flows.");
  return { contents: { kind: MarkupKind.Markdown, value: parts.join("\n\n") }, range };
}

function parameterTable(parameters: readonly ParameterSite[]): string {
  const rows = parameters.map((parameter) => {
    const whenLeftOut = parameter.required
      ? "required"
      : parameter.default === null
        ? "optional"
        : code(parameter.default);
    return `| ${code(parameter.name)} | ${escaped(parameter.type)} | ${whenLeftOut} |`;
  });
  return ["| Parameter | Type | Default |", "| --- | --- | --- |", ...rows].join("\n");
}

function code(text: string): string {
  const ticks = text.includes("`") ? "``" : "`";
  const space = text.includes("`") ? " " : "";
  return `${ticks}${space}${text.replaceAll("|", "\\|").replace(/\s+/g, " ")}${space}${ticks}`;
}

function escaped(text: string): string {
  return text.replace(/[\\`*_{}[\]<>#|~]/g, "\\$&").replace(/\s*\n\s*/g, " ");
}
