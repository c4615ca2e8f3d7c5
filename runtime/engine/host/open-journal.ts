/** The journal of this execution: the first segment of a new run, or the next one of a run that goes on. */
import { type KeptWork, readKeptWork } from "../../journal/kept-work.ts";
import { readRun } from "../../journal/reading.ts";
import { planOf } from "../../journal/resume-plan.ts";
import { sealAndContinue } from "../../journal/sealing.ts";
import { createSegment } from "../../journal/segments.ts";
import { type SetAside, setAside } from "../../journal/set-aside.ts";
import type { Disk, JournalWriter, RunContents, SegmentOptions, ValueStore } from "../../journal/types.ts";
import { MillraceError, toError } from "../../protocol/errors.ts";
import { runPaths } from "../../protocol/home.ts";
import type { ResumeOptions } from "../../protocol/live.ts";
import type { ExecuteRequest } from "../../protocol/sdk-runtime.ts";
import type { KeptCompletion, RunHistory } from "../host.ts";
import { makeHistory } from "./history.ts";

export interface OpenJournalOptions extends Omit<SegmentOptions, "reason"> {
  readonly request: Pick<ExecuteRequest, "run_id" | "home" | "resume">;
  readonly folder: string;
  readonly values: ValueStore;
  readonly now: () => number;
  readonly onMissing: (completion: KeptCompletion) => void;
  /** Told about each part of the journal that cannot be read: what completed there runs again. */
  readonly onDamage: (message: string) => void;
}

export interface OpenedJournal {
  readonly journal: JournalWriter;
  readonly history: RunHistory | undefined;
}

/**
 * @throws MillraceError "conflict" when somebody else executes the run, "not-found" when there is no such run or task
 * to resume, "result-not-kept" when results were removed by retention and running them again was not allowed,
 * "home-unusable" when the home cannot be written.
 */
export async function openJournal(disk: Disk, options: OpenJournalOptions): Promise<OpenedJournal> {
  const { request, folder } = options;
  try {
    if (request.resume !== undefined) return await continueRun(disk, options, request.resume);
    const journal = createSegment(disk, folder, request.run_id, 1, { ...options, reason: "start" });
    return { journal, history: undefined };
  } catch (error) {
    throw explainHome(error, request.home);
  }
}

async function continueRun(disk: Disk, options: OpenJournalOptions, resume: ResumeOptions): Promise<OpenedJournal> {
  // What may be refused is refused before the run is taken over: a refusal leaves no trace.
  const before = readRun(disk, options.folder);
  refuseWithoutResults(disk, options, resume, readKeptWork(before));

  const records: RunContents["records"][number][] = [];
  const { journal, contents } = await sealAndContinue(disk, options.folder, {
    ...options,
    reason: resume.mode,
    ...(resume.force === true ? { force: true } : {}),
    visit: (record, segment, seq) => records.push({ position: { segment, seq }, record }),
  });
  for (const { message } of contents.problems) options.onDamage(message);
  const work = readKeptWork({ ...contents, records });
  if (work === undefined) return { journal, history: undefined };
  const aside = resume.mode === "retry" ? nothing : setAside(work, resume);
  if (aside.tasks.size > 0) {
    journal.append({
      kind: "invalidated",
      task_run_ids: [...aside.tasks.keys()],
      flow_run_ids: [...aside.flowRuns],
      at: options.now(),
    });
  }
  const { values, onMissing } = options;
  return { journal, history: makeHistory(work, { values, mode: resume.mode, aside, onMissing }) };
}

const nothing: SetAside = { tasks: new Map(), flowRuns: new Set() };

/** One missing file is an accident and its task runs again; a folder that is gone was removed to save space. */
function refuseWithoutResults(
  disk: Disk,
  { folder, values }: OpenJournalOptions,
  resume: ResumeOptions,
  work: KeptWork | undefined,
): void {
  if (work === undefined || resume.mode === "retry") return;
  // Also refuses tasks that the run does not have.
  setAside(work, resume);
  if (resume.allow_rerun || disk.exists(runPaths.results(folder))) return;
  const { missing } = planOf(work, resume, (result) => values.verify(result));
  if (missing.length === 0) return;
  const names = [...new Set(missing.map((task) => task.name))];
  throw new MillraceError(
    "result-not-kept",
    `the results of run ${work.root.record.name} were removed: resuming it would run ${names.length} completed ` +
      `${names.length === 1 ? "task" : "tasks"} again (${names.slice(0, 10).join(", ")}${names.length > 10 ? ", …" : ""}); ` +
      "use --allow-rerun if that is what you want",
  );
}

/** What the system says when the home is no place to write to, in words that help. Other errors as they are. */
export function explainHome(error: unknown, home: string): unknown {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const advice =
    code === "ENOSPC" || code === "EDQUOT"
      ? "the disk is full; free some space"
      : code === "EACCES" || code === "EPERM" || code === "EROFS"
        ? "give yourself write access to it, or set MILLRACE_HOME to another folder"
        : code === "ENOTDIR" || code === "EEXIST"
          ? "something that is no folder stands in the way; set MILLRACE_HOME to another folder"
          : undefined;
  if (advice === undefined) return error;
  return new MillraceError(
    "home-unusable",
    `Millrace's home ${home} cannot be written (${toError(error).message}): ${advice}`,
    {
      cause: error,
    },
  );
}
