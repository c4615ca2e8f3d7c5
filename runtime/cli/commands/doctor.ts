import { exitCodes, toError } from "../../protocol/errors.ts";
import type { CommandHandler, Io } from "../command.ts";
import { type Check, type CheckStatus, checks } from "../doctor-checks.ts";
import { printJson } from "../json.ts";
import { padEnd, wrap } from "../terminal/width.ts";

export const doctorHandler: CommandHandler = async ({ home, io, json }) => {
  const results: Check[] = [];
  const left = Math.max(...checks.map(([name]) => name.length));
  for (const [name, look] of checks) {
    let result: Check;
    try {
      result = { name, ...(await look({ home, cwd: io.cwd })) };
    } catch (thrown) {
      // A check that cannot be made must not hide the others.
      result = { name, status: "fail", message: toError(thrown).message };
    }
    results.push(result);
    if (!json) io.out(lineOf(result, left, io));
  }
  const failed = results.filter(({ status }) => status === "fail").length;
  const warned = results.filter(({ status }) => status === "warn").length;
  if (json) printJson(io, { ok: failed === 0, checks: results });
  else io.out(`\n${endText(failed, warned, io)}\n`);
  return failed > 0 ? exitCodes.failed : exitCodes.completed;
};

function lineOf({ name, status, message, fix }: Check, left: number, io: Io): string {
  const { style } = io;
  const mark = markOf(status, io);
  const indent = 2 + left + 2 + (style.unicode ? 1 : 4);
  const room = Math.max(20, io.columns() - indent);
  const text = wrap(message, room).map((line, index) =>
    index === 0 ? `${mark} ${padEnd(name, left)}  ${line}` : `${" ".repeat(indent - 1)}${line}`,
  );
  const way = fix === undefined ? [] : wrap(fix, room).map((line) => `${" ".repeat(indent - 1)}${style.dim(line)}`);
  return [...text, ...way].map((line) => `${line}\n`).join("");
}

function markOf(status: CheckStatus, { style }: Io): string {
  if (status === "ok") return style.green(style.unicode ? "✓" : "ok  ");
  if (status === "warn") return style.yellow(style.unicode ? "!" : "warn");
  return style.red(style.unicode ? "✗" : "FAIL");
}

function endText(failed: number, warned: number, { style }: Io): string {
  const some = (number: number, word: string) => `${number} ${word}${number === 1 ? "" : "s"}`;
  if (failed > 0) return style.red(`${some(failed, "problem")}${warned > 0 ? ` and ${some(warned, "warning")}` : ""}.`);
  return warned > 0 ? style.yellow(`Works, with ${some(warned, "warning")}.`) : style.green("All is well.");
}
