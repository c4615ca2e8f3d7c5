/** What a resume would do, before anything runs: shared by the command line, the orchestrator and the engine's host. */
import type { PlannedTask, ResumePlan } from "../protocol/api.ts";
import type { ResumeOptions } from "../protocol/live.ts";
import type { ValueRecord } from "../protocol/records.ts";
import type { ChangedTasks } from "./changed-tasks.ts";
import { type KeptWork, readKeptWork, type TaskFacts } from "./kept-work.ts";
import { type SetAside, setAside } from "./set-aside.ts";
import type { RunContents } from "./types.ts";

/**
 * @param verify whether a kept result is still there and sound (`ValueStore.verify`).
 * @param changed whether a task's code is another one now; undefined where nobody can tell.
 * @throws MillraceError "not-found" for a task that the run does not have.
 */
export function planResume(
  contents: RunContents,
  options: ResumeOptions,
  verify: (result: ValueRecord) => boolean,
  changed?: ChangedTasks,
): ResumePlan {
  const work = readKeptWork(contents);
  return work === undefined
    ? { run_id: contents.runId, kept: [], runs_again: [], missing: [] }
    : planOf(work, options, verify, changed);
}

export function planOf(
  work: KeptWork,
  options: ResumeOptions,
  verify: (result: ValueRecord) => boolean,
  changed: ChangedTasks = () => undefined,
): ResumePlan {
  const kept: PlannedTask[] = [];
  const runs_again: (PlannedTask & { reason: string })[] = [];
  const missing: PlannedTask[] = [];
  const aside = options.mode === "retry" ? undefined : setAside(work, options);
  for (const facts of work.byCall.values()) {
    const task = planned(facts, changed(facts, work.sources));
    const reason = aside === undefined ? "a retry keeps nothing" : reasonToRunAgain(facts, aside);
    if (reason !== undefined) {
      runs_again.push({ ...task, reason });
    } else if (facts.result?.kind === "file" && !verify(facts.result)) {
      missing.push(task);
      runs_again.push({ ...task, reason: "its result is missing or damaged" });
    } else {
      kept.push(task);
    }
  }
  return { run_id: work.root.record.id, kept, runs_again, missing };
}

/** Undefined for a completion that is given back, as far as the journal alone can tell. */
export function reasonToRunAgain(facts: TaskFacts, aside: SetAside): string | undefined {
  const named = aside.tasks.get(facts.record.id);
  if (named !== undefined) return named;
  if (facts.state.type === "FAILED") return facts.state.name === "TimedOut" ? "it timed out" : "it failed";
  if (facts.state.type !== "COMPLETED") return "it did not finish";
  if (facts.setAside) return "an earlier resume set its result aside";
  if (facts.result === undefined || facts.result.kind === "none") return "its result was not kept";
  return undefined;
}

function planned({ record, state }: TaskFacts, changed: boolean | undefined): PlannedTask {
  return {
    task_run_id: record.id,
    name: record.name,
    task_key: record.task_key,
    state_name: state.name,
    source: record.source ?? null,
    ...(changed === undefined ? {} : { changed }),
  };
}
