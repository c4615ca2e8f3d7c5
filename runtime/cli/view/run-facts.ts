/** What stands above and below the tree of a run that is shown. */
import type { FlowRun } from "../../protocol/api.ts";
import { plainValue } from "../../protocol/fold/index.ts";
import type { ArtifactRecord } from "../../protocol/records.ts";
import type { Io } from "../command.ts";
import { ageText, dateText } from "../terminal/times.ts";
import { cleanLines, oneLine, padEnd, truncate } from "../terminal/width.ts";
import { locationText } from "./error-lines.ts";

export interface Shown {
  readonly io: Pick<Io, "style" | "cwd">;
  readonly width: number;
}

export function headerLines(
  flowRun: FlowRun,
  { io, width }: Shown,
  more: readonly (readonly [string, string])[] = [],
): string[] {
  const { style } = io;
  const facts: (readonly [string, string])[] = [["Run", flowRun.id]];
  const place = flowRun.flow_export === null ? flowRun.flow_file : `${flowRun.flow_file}:${flowRun.flow_export}`;
  if (flowRun.flow_file !== "") {
    const short = locationText({ file: flowRun.flow_file, line: 0, column: 0 }, io.cwd).replace(/:0:0$/, "");
    facts.push(["File", place.replace(flowRun.flow_file, short)]);
  }
  const begun = Date.parse(flowRun.start_time ?? flowRun.created);
  facts.push(["Started", `${dateText(begun)} ${style.dim(`(${ageText(Date.now() - begun)} ago)`)}`]);
  if (flowRun.run_count > 1) facts.push(["Executed", `${flowRun.run_count} times`]);
  if (flowRun.created_by !== null) facts.push(["By", flowRun.created_by]);
  if (flowRun.tags.length > 0) facts.push(["Tags", flowRun.tags.map(oneLine).join(", ")]);
  if (flowRun.idempotency_key !== null) facts.push(["Key", oneLine(flowRun.idempotency_key)]);
  return [...facts, ...more].map(([name, value]) => truncate(`${style.dim(padEnd(name, 8))}  ${value}`, width));
}

export function parameterLines({ parameters }: FlowRun, { io, width }: Shown): string[] {
  const all = Object.entries(parameters);
  if (all.length === 0) return [];
  const left = Math.max(...all.map(([name]) => name.length));
  const line = ([name, value]: readonly [string, unknown]): string =>
    truncate(`  ${padEnd(oneLine(name), left)}  ${oneLine(JSON.stringify(value) ?? "undefined")}`, width);
  return ["", io.style.bold("Parameters"), ...all.map(line)];
}

export function artifactLines(all: readonly ArtifactRecord[], { io, width }: Shown): string[] {
  const artifacts = all.filter(({ type }) => type !== "progress");
  if (artifacts.length === 0) return [];
  return ["", io.style.bold("Artifacts"), ...artifacts.map((one) => artifactLine(one, width, io.style.dim))];
}

function artifactLine(artifact: ArtifactRecord, width: number, dim: (text: string) => string): string {
  const value = plainValue(artifact.data);
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  const first = cleanLines(artifact.description ?? text)[0] ?? "";
  return truncate(`  ${artifact.key}  ${dim(artifact.type)}  ${first}`, width);
}
