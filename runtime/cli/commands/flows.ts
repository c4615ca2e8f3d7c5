import { statSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import type { FlowDescription } from "../../protocol/api.ts";
import { exitCodes, MillraceError, toError } from "../../protocol/errors.ts";
import { describeFile } from "../../runner/describe-file.ts";
import type { CommandContext, CommandHandler } from "../command.ts";
import { filesWithFlows } from "../flows-scan.ts";
import { printJson } from "../json.ts";
import { layoutColumns } from "../terminal/columns.ts";
import { oneLine } from "../terminal/width.ts";
import { shortPath } from "../view/error-lines.ts";

interface Described {
  readonly file: string;
  readonly flows: readonly FlowDescription[];
  readonly problem?: string;
}

export const flowsHandler: CommandHandler = async (context) => {
  const { input, io, json } = context;
  const given = input.arguments[0] ?? ".";
  const files = filesAt(path.resolve(io.cwd, given), given);
  const described = await describeAll(files, context);
  const flows = described.flatMap((each) => each.flows);
  const problems = described.filter((each) => each.problem !== undefined);
  if (json) {
    printJson(io, { flows, problems: problems.map(({ file, problem }) => ({ file, message: problem })) });
  } else {
    if (flows.length > 0) io.out(io.terminal ? tableOf(flows, context) : listOf(flows, io.cwd));
    else if (problems.length === 0)
      io.err(`No flows under ${given}. A flow is made with flow({ … }) from "millrace" and exported.\n`);
    for (const { problem } of problems) io.err(`${io.style.red("not loaded")}: ${problem}\n`);
  }
  return problems.length > 0 ? exitCodes.failed : exitCodes.completed;
};

function filesAt(target: string, given: string): string[] {
  const stats = statSync(target, { throwIfNoEntry: false });
  if (stats === undefined) throw new MillraceError("bad-file", `There is no file or folder ${given}.`);
  return stats.isDirectory() ? filesWithFlows(target) : [target];
}

/** A few at a time: each is loaded in a process of its own. */
async function describeAll(files: readonly string[], { home, io }: CommandContext): Promise<Described[]> {
  const results: Described[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < files.length; index = next++) {
      const file = files[index];
      if (file === undefined) return;
      try {
        const { flows } = await describeFile({ home, file, cwd: io.cwd });
        results[index] = { file, flows };
      } catch (thrown) {
        results[index] = { file, flows: [], problem: toError(thrown).message };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, worker));
  return results;
}

function tableOf(flows: readonly FlowDescription[], { io }: CommandContext): string {
  const { style } = io;
  const rows = flows.map((flow) => [
    style.bold(oneLine(flow.name)),
    targetOf(flow, io.cwd),
    oneLine(parametersOf(flow)),
    oneLine(flow.description ?? ""),
  ]);
  const columns = [
    { title: "FLOW" },
    { title: "RUN IT WITH millrace run …" },
    { title: "PARAMETERS", shrinkTo: 14, drop: 2 },
    { title: "", shrinkTo: 10, drop: 1 },
  ];
  return layoutColumns(columns, rows, io.columns(), style.dim)
    .map((line) => `${line}\n`)
    .join("");
}

function listOf(flows: readonly FlowDescription[], cwd: string): string {
  return flows.map((flow) => `${flow.name}\t${targetOf(flow, cwd)}\n`).join("");
}

/** What one types after `millrace run`. */
function targetOf(flow: FlowDescription, cwd: string): string {
  return `${shortPath(flow.file, cwd)}:${flow.export}`;
}

/** "year, months?": names, with a mark for those that may be left out. */
function parametersOf(flow: FlowDescription): string {
  const properties = flow.parameters?.["properties"];
  if (typeof properties !== "object" || properties === null) return "";
  return Object.keys(properties)
    .map((name) => (flow.required.includes(name) ? name : `${name}?`))
    .join(", ");
}
