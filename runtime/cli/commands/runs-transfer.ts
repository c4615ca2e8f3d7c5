/** `millrace runs export` and `runs import`: a run in one file, for another machine. */
import { existsSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { exportRun, importRun } from "../../journal/archive.ts";
import { realDisk } from "../../journal/disk.ts";
import { prepareHome } from "../../journal/prepare-home.ts";
import { exitCodes, MillraceError } from "../../protocol/errors.ts";
import { millraceVersion } from "../../protocol/version.ts";
import { currentWriter } from "../../system/process-identity.ts";
import type { CommandHandler } from "../command.ts";
import { printJson } from "../json.ts";
import { findRun } from "../runs/find-run.ts";
import { openRun } from "../runs/open-run.ts";
import { stateLabel } from "../view/glyphs.ts";
import { shortId } from "../view/summary.ts";

export const runsExportHandler: CommandHandler = async ({ home, input, io, json }) => {
  const id = await findRun(home, input.arguments[0]);
  const run = openRun(home, id);
  if (run === undefined) throw new MillraceError("not-found", `There is no run ${id} in ${home}.`);
  const name = run.flowRun?.name.replace(/[^\p{L}\p{N}._-]+/gu, "-") ?? shortId(id);
  const given = input.text("output") ?? `${name}.millrace`;
  const target = path.resolve(io.cwd, given);
  if (existsSync(target)) {
    if (!input.flag("force"))
      throw new MillraceError("bad-usage", `${given} is there already; --force overwrites it, -o names another file.`);
    rmSync(target);
  }
  const files = await exportRun(realDisk, run.folder, target);
  const { size } = statSync(target);
  if (json) printJson(io, { id, file: target, size, files });
  else
    io.out(
      `${io.style.bold(run.flowRun?.name ?? id)} is in ${given} (${size.toLocaleString("en")} bytes). millrace runs import ${given} takes it in.\n`,
    );
  return exitCodes.completed;
};

export const runsImportHandler: CommandHandler = async ({ home, input, io, json }) => {
  const given = input.arguments[0] ?? "";
  const source = path.resolve(io.cwd, given);
  if (!existsSync(source)) throw new MillraceError("bad-file", `There is no file ${given}.`);
  await prepareHome(realDisk, home);
  const id = await importRun(realDisk, home, source, { writer: currentWriter(millraceVersion) });
  const flowRun = openRun(home, id)?.flowRun;
  if (json) printJson(io, flowRun ?? { id });
  else {
    const state =
      flowRun === undefined
        ? ""
        : ` (${stateLabel({ type: flowRun.state_type, name: flowRun.state_name }).toLowerCase()})`;
    io.out(`${io.style.bold(flowRun?.name ?? id)}${state} is here now: millrace runs show ${shortId(id)}\n`);
  }
  return exitCodes.completed;
};
