import { DiagnosticSeverity } from "vscode-languageserver/node";
import { cronProblem } from "../../runtime/protocol/cron.ts";
import { tryParseDuration } from "../../runtime/protocol/durations.ts";
import { didYouMean, nearNames } from "../../runtime/protocol/near-names.ts";
import { durationMeant } from "../features/duration-meant.ts";
import type { Finding, Fix } from "../features/findings.ts";
import { type Flows, references, resolveReference } from "./flow-references.ts";
import type { JsonText, MillraceJson } from "./read.ts";

/** @param indexed false while the workspace is read: then no flow is missing yet */
export function jsonFindings(json: MillraceJson, flows: Flows, uri: string, indexed: boolean): Finding[] {
  return [
    ...json.crons.flatMap((cron) => {
      const problem = cronProblem(cron.text);
      return problem === undefined ? [] : [found("millrace/bad-cron", DiagnosticSeverity.Error, cron, problem)];
    }),
    ...json.intervals.flatMap((interval) => {
      if (tryParseDuration(interval.text) !== undefined) return [];
      const message = `"${interval.text}" is not a duration. Write "500ms", "10s", "2m", "1h" or "1d".`;
      const meant = durationMeant(interval.text);
      return [
        found("millrace/bad-duration", DiagnosticSeverity.Error, interval, message, meant === undefined ? [] : [meant]),
      ];
    }),
    ...(indexed ? json.flows.flatMap((flow) => unknownFlow(flow, flows, uri)) : []),
  ];
}

function unknownFlow(reference: JsonText, flows: Flows, uri: string): Finding[] {
  if (resolveReference(flows, uri, reference.text)?.flow !== undefined) return [];
  const known = references(flows, uri).map(({ text }) => text);
  const near = nearNames(reference.text, known);
  const form = reference.text.includes(":") ? "" : ' Write file and export, as in "flows/etl.ts:etl".';
  const message = `There is no exported flow "${reference.text}".${form}${didYouMean(reference.text, known)}`;
  return [found("millrace/unknown-flow", DiagnosticSeverity.Warning, reference, message, near)];
}

function found(
  code: string,
  severity: DiagnosticSeverity,
  { range }: JsonText,
  message: string,
  instead: readonly string[] = [],
): Finding {
  const fixes: Fix[] = instead.map((text) => ({ title: `Change to "${text}"`, edits: [{ range, newText: text }] }));
  return { diagnostic: { code, severity, range, message, source: "Millrace" }, fixes };
}
