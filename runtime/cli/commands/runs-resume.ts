/** `millrace runs resume` and `runs retry`: this process becomes the run's next runner, unless a pool's worker had it. */
import { existsSync } from "node:fs";
import { connectOrStart } from "../../client/connect.ts";
import { isRemote } from "../../client/profiles.ts";
import { changedTasks } from "../../journal/changed-tasks.ts";
import { realDisk } from "../../journal/disk.ts";
import { planResume } from "../../journal/resume-plan.ts";
import { readSource } from "../../journal/sources.ts";
import { diskValueStore } from "../../journal/value-store.ts";
import type { FlowRun, ResumePlan } from "../../protocol/api.ts";
import { exitCodes, MillraceError } from "../../protocol/errors.ts";
import type { ResumeOptions } from "../../protocol/live.ts";
import { isTerminal } from "../../protocol/states.ts";
import { runFile } from "../../runner/run-file.ts";
import { processState } from "../../system/process-identity.ts";
import type { CommandContext, CommandHandler } from "../command.ts";
import { printJson } from "../json.ts";
import { applyVariables } from "../run/environment.ts";
import { showRun } from "../run/execute.ts";
import { historyOf } from "../run/history.ts";
import { detailOf } from "../run-command.ts";
import { findRun } from "../runs/find-run.ts";
import { damageOf, type OpenedRun, openRun } from "../runs/open-run.ts";
import { readSourceFile, shortPath } from "../view/error-lines.ts";
import { planLines } from "../view/plan-lines.ts";

export const runsResumeHandler: CommandHandler = async (context) => {
  const { input } = context;
  const options: ResumeOptions = {
    mode: "resume",
    ...(input.list("from").length === 0 ? {} : { from: input.list("from") }),
    ...(input.list("rerun").length === 0 ? {} : { rerun: input.list("rerun") }),
    ...(input.flag("allow-rerun") ? { allow_rerun: true } : {}),
    ...(input.flag("force") ? { force: true } : {}),
  };
  if (isRemote(context.home)) {
    return (await import("../elsewhere/go-on.ts")).goOnElsewhere(context, options, input.flag("plan"));
  }
  const { run, flowRun } = await openForResume(context);
  if (input.flag("plan")) {
    const plan = planOf(run, options);
    if (context.json) printJson(context.io, plan);
    else
      context.io.out(
        planLines(plan, flowRun, context.io)
          .map((line) => `${line}\n`)
          .join(""),
      );
    return exitCodes.completed;
  }
  const nothing = flowRun.state_type === "COMPLETED" && options.from === undefined && options.rerun === undefined;
  if (nothing) {
    throw new MillraceError(
      "conflict",
      `${flowRun.name} has completed; there is nothing to resume. --from TASK or --rerun TASK runs parts again, \`millrace runs retry\` everything.`,
    );
  }
  return execute(context, run, flowRun, options);
};

export const runsRetryHandler: CommandHandler = async (context) => {
  const options: ResumeOptions = { mode: "retry", ...(context.input.flag("force") ? { force: true } : {}) };
  if (isRemote(context.home)) {
    return (await import("../elsewhere/go-on.ts")).goOnElsewhere(context, options, false);
  }
  const { run, flowRun } = await openForResume(context);
  return execute(context, run, flowRun, options);
};

async function openForResume({ home, input }: CommandContext): Promise<{ run: OpenedRun; flowRun: FlowRun }> {
  const id = await findRun(home, input.arguments[0]);
  const run = openRun(home, id);
  if (run?.flowRun === undefined)
    throw (run && damageOf(run)) ?? new MillraceError("not-found", `There is no run ${id} in ${home} to go on with.`);
  return { run, flowRun: run.flowRun };
}

function planOf(run: OpenedRun, options: ResumeOptions): ResumePlan {
  const values = diskValueStore(realDisk, run.folder);
  return planResume(run.contents, options, (result) => values.verify(result), changedTasks(realDisk, run.folder));
}

async function execute(
  context: CommandContext,
  run: OpenedRun,
  flowRun: FlowRun,
  resume: ResumeOptions,
): Promise<number> {
  const { home, io, json } = context;
  const inItsPool = await goesOnInItsPool(context, flowRun, resume);
  if (inItsPool !== undefined) return inItsPool;
  if (!isTerminal(flowRun.state_type) && flowRun.state_name !== "Suspended") refuseExecuted(run, flowRun, resume);
  const file = sourceOf(run, flowRun);
  const plan = planOf(run, resume);
  if (resume.allow_rerun !== true) refuseMissing(plan, flowRun);
  if (!json && hasChanged(run, file)) {
    io.err(`${io.style.dim(`${shortPath(file, io.cwd)} has changed since the run; going on with the new code.`)}\n`);
  }
  const { work_pool_name: pool } = flowRun;
  if (!json && pool !== null && pool !== "default") {
    io.err(
      `${io.style.dim(`It ran at a worker of the work pool "${pool}", which is gone; it goes on here, in this process.`)}\n`,
    );
  }
  const history = historyOf(run, plan);
  const shown = { io, home, json, detail: detailOf(context), flowLabel: flowRun.flow_name };
  const cwd = flowRun.cwd !== null && existsSync(flowRun.cwd) ? flowRun.cwd : io.cwd;
  applyVariables(context, { flowFile: file, cwd });
  return showRun({ ...shown, ...(history === undefined ? {} : { history }) }, (hooks) =>
    runFile({
      ...hooks,
      home,
      run_id: run.id,
      file,
      ...(flowRun.flow_export === null ? {} : { flow: flowRun.flow_export }),
      // The engine takes the validated parameters from the journal; these are not parsed again.
      parameters: flowRun.parameters,
      name: flowRun.name,
      tags: flowRun.tags,
      trigger: "cli",
      cwd,
      resume,
    }),
  );
}

/** A run of workers' pool is the orchestrator's to give out again; undefined when it has no such pool (any more). */
async function goesOnInItsPool(
  context: CommandContext,
  flowRun: FlowRun,
  resume: ResumeOptions,
): Promise<number | undefined> {
  const { work_pool_name: name } = flowRun;
  if (name === null || name === "default") return undefined;
  const client = await connectOrStart(context.home);
  try {
    const { work_pools: pools } = await client.request("GET /api/work_pools");
    if (!pools.some((pool) => pool.name === name)) return undefined;
    return await (await import("../elsewhere/go-on.ts")).goOn(context, client, flowRun, resume);
  } finally {
    client.close();
  }
}

/** One that is executed on another machine, or was, is the user's to judge. */
function refuseExecuted({ contents }: OpenedRun, { name }: FlowRun, { force }: ResumeOptions): void {
  const writer = contents.segments.findLast(({ header }) => header !== undefined)?.header?.writer;
  if (writer === undefined || processState(writer) !== "unknown") {
    throw new MillraceError(
      "conflict",
      `${name} is still going on (process ${writer?.pid ?? "unknown"}). Wait for its end, or \`millrace runs cancel ${name}\` first.`,
    );
  }
  if (force === true) return;
  throw new MillraceError(
    "conflict",
    `${name} was executed by process ${writer.pid} on ${writer.host}, and whether that still runs cannot be told from here: ` +
      "look there, and say --force when it is gone.",
  );
}

/** @throws MillraceError "bad-file" when the source of the run is not there any more. */
function sourceOf(run: OpenedRun, flowRun: FlowRun): string {
  const { flow_file: file } = flowRun;
  if (file === "") {
    throw new MillraceError(
      "bad-file",
      `${flowRun.name} does not say which file it ran; it cannot be gone on with from here.`,
    );
  }
  if (existsSync(file)) return file;
  const kept = run.view.sources.find((source) => source.file === file);
  const text = kept === undefined ? undefined : readSource(realDisk, run.folder, kept.hash);
  const way = text === undefined ? "" : ` The run kept its text: ${run.folder}/sources/${kept?.hash}.`;
  throw new MillraceError(
    "bad-file",
    `${file} is gone, and ${flowRun.name} ran from it. Put the file back there to go on.${way}`,
  );
}

function hasChanged(run: OpenedRun, file: string): boolean {
  const kept = run.view.sources.find((source) => source.file === file);
  const before = kept === undefined ? undefined : readSource(realDisk, run.folder, kept.hash);
  return before !== undefined && before !== readSourceFile(file);
}

function refuseMissing(plan: ResumePlan, flowRun: FlowRun): void {
  if (plan.missing.length === 0) return;
  const names = plan.missing.slice(0, 5).map(({ name }) => name);
  const more = plan.missing.length > names.length ? ` and ${plan.missing.length - names.length} more` : "";
  throw new MillraceError(
    "conflict",
    `Results of ${flowRun.name} are missing from the disk or damaged: ${names.join(", ")}${more}. Those tasks would run again; say --allow-rerun if they may.`,
  );
}
