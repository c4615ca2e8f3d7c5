/** What can be done with one task run: call the task again, forget what it gave. */
import { readKeptWork } from "../../journal/kept-work.ts";
import { sealAndContinue } from "../../journal/sealing.ts";
import { setAside } from "../../journal/set-aside.ts";
import type { FlowRun, TaskRun, TaskRunDetail } from "../../protocol/api.ts";
import { MillraceError } from "../../protocol/errors.ts";
import type { RunView } from "../../protocol/fold/index.ts";
import { homePaths } from "../../protocol/home.ts";
import type { TaskAgain } from "../../protocol/live.ts";
import type { InputPart, PositionedRecord, ValueRecord } from "../../protocol/records.ts";
import { isTerminal } from "../../protocol/states.ts";
import type { Core } from "../core.ts";
import type { LiveRuns } from "../live/live-runs.ts";
import { findFlowRun } from "./find.ts";
import type { Requests } from "./requests.ts";
import type { RunViews } from "./run-views.ts";

export interface TaskRuns {
  /**
   * A new run that calls the task with the inputs it had; for a task run that stands for a subflow, a run of that flow.
   * @throws MillraceError "conflict" when they were not kept.
   */
  rerun(taskRunId: string, id: string | undefined): Promise<FlowRun>;
  /** The kept result counts no more: a resume runs the task again. @throws MillraceError "conflict" while the run goes on. */
  forget(taskRunId: string): Promise<TaskRun>;
}

export function createTaskRuns(core: Core, live: LiveRuns, requests: Requests, views: RunViews): TaskRuns {
  const { disk, home, store, identity } = core;

  async function find(id: string): Promise<{ view: RunView; task: TaskRunDetail; root: FlowRun }> {
    const view = await views.of(id);
    const task = view.taskRun(id);
    if (task === undefined) throw new MillraceError("not-found", `There is no task run ${id} in this home.`);
    return { view, task, root: await findFlowRun(store, view.runId) };
  }

  async function subflowAgain(child: FlowRun, root: FlowRun, id: string | undefined, view: RunView): Promise<FlowRun> {
    if (view.parameters(child.id)?.kind !== "inline") {
      throw new MillraceError("conflict", `${child.name} cannot be run again from here: its parameters are too large.`);
    }
    return requests.create({
      ...(id === undefined ? {} : { id }),
      file: child.flow_file,
      flow: child.flow_export ?? child.flow_name,
      parameters: child.parameters,
      name: `${child.name} (again)`,
      ...(root.cwd === null ? {} : { cwd: root.cwd }),
    });
  }

  return {
    async rerun(taskRunId, id) {
      const { view, task, root } = await find(taskRunId);
      const flowRun = await findFlowRun(store, task.flow_run_id);
      const child = task.child_flow_run_id === null ? undefined : await store.flowRun(task.child_flow_run_id);
      if (child !== undefined) return subflowAgain(child, root, id, view);
      const inputs = inputsOf(view, task);
      const again: TaskAgain = { task_key: task.task_key, folder: homePaths.run(home, view.runId), inputs };
      const body = {
        ...(id === undefined ? {} : { id }),
        file: flowRun.flow_file,
        name: `${task.name} (again)`,
        trigger: "task",
        ...(root.cwd === null ? {} : { cwd: root.cwd }),
      };
      return requests.createTask(body, again);
    },
    async forget(taskRunId) {
      const { task, root } = await find(taskRunId);
      if (live.has(root.id) || !isTerminal(root.state_type)) {
        throw new MillraceError(
          "conflict",
          `${root.name} is ${root.state_name}: results are forgotten when a run has ended.`,
        );
      }
      if (task.state_type !== "COMPLETED") {
        throw new MillraceError("conflict", `${task.name} is ${task.state_name}: it has no result to forget.`);
      }
      const records: PositionedRecord[] = [];
      const folder = homePaths.run(home, root.id);
      const { journal, contents } = await sealAndContinue(disk, folder, {
        reason: "verdict",
        writer: identity,
        visit: (record, segment, seq) => records.push({ position: { segment, seq }, record }),
      });
      const work = readKeptWork({ ...contents, records });
      const aside = work?.tasks.has(taskRunId) === true ? setAside(work, { rerun: [taskRunId] }) : undefined;
      if (aside !== undefined) {
        journal.append({
          kind: "invalidated",
          task_run_ids: [...aside.tasks.keys()],
          flow_run_ids: [...aside.flowRuns],
          at: Date.now(),
        });
      }
      await journal.close();
      await live.folding.fold(root.id);
      return (await store.taskRun(taskRunId)) ?? task;
    },
  };
}

/** @throws MillraceError "conflict" when one of them is not there any more */
function inputsOf(view: RunView, task: TaskRunDetail): TaskAgain["inputs"] {
  const { inputs } = task;
  if (inputs !== null && inputs.kind !== "none") return inputs;
  const parts = inputs?.parts;
  if (parts === undefined) {
    const why = inputs === null ? "the journal has none" : inputs.reason;
    throw new MillraceError("conflict", `${task.name} cannot be run again: its inputs were not kept (${why}).`);
  }
  return parts.map((part) => valueOfPart(view, part) ?? lost(task));
}

/** The value that one input was: a list for the results of a map. Undefined when it is not kept (any more). */
export function valueOfPart(view: RunView, part: InputPart): ValueRecord | readonly ValueRecord[] | undefined {
  const resultOf = (id: string): ValueRecord | undefined => {
    const result = view.taskRun(id)?.result ?? undefined;
    return result?.kind === "none" ? undefined : result;
  };
  if ("value" in part) return part.value;
  if ("task_run_id" in part) return resultOf(part.task_run_id);
  const results = part.task_run_ids.map(resultOf);
  return results.every((result) => result !== undefined) ? results : undefined;
}

function lost(task: TaskRunDetail): never {
  throw new MillraceError(
    "conflict",
    `${task.name} cannot be run again: one of its inputs is a result that is not kept.`,
  );
}
