/** Which completions `resume --from | --rerun` sets aside, and why. */
import { MillraceError } from "../protocol/errors.ts";
import type { KeptWork, TaskFacts } from "./kept-work.ts";

export interface SetAside {
  /** Task run ids with the reason, in words for the plan. */
  readonly tasks: ReadonlyMap<string, string>;
  /** Subflow runs that must be entered again. */
  readonly flowRuns: ReadonlySet<string>;
}

interface Selectors {
  readonly from?: readonly string[] | undefined;
  readonly rerun?: readonly string[] | undefined;
}

/**
 * `from`: the tasks named, what is inside them, and everything that took their results (and so on). `rerun`: the tasks
 * named and what is inside them. Whatever encloses one of these is entered again, or it would never be reached.
 * @throws MillraceError "not-found" for a selector that is no task key, name or id of this run.
 */
export function setAside(work: KeptWork, selectors: Selectors): SetAside {
  const tasks = new Map<string, string>();
  const flowRuns = new Set<string>();
  const { inside, consumers } = relations(work);

  const mark = (facts: TaskFacts, reason: string, downstream: boolean): void => {
    const { id, name } = facts.record;
    if (tasks.has(id)) return;
    tasks.set(id, reason);
    if (facts.record.child_flow_run_id !== undefined) flowRuns.add(facts.record.child_flow_run_id);
    for (const inner of inside.get(id) ?? []) mark(inner, `it runs inside ${name}`, downstream);
    if (downstream) markConsumers(facts);
    reopen(facts, downstream);
  };
  const markConsumers = (facts: TaskFacts): void => {
    for (const consumer of consumers.get(facts.record.id) ?? []) {
      mark(consumer, `it takes the result of ${facts.record.name}`, true);
    }
  };
  /** The task or subflow around it: entered again, but what else is inside it stays. */
  const reopen = (facts: TaskFacts, downstream: boolean): void => {
    const around = enclosing(work, facts);
    if (around === undefined || tasks.has(around.record.id)) return;
    tasks.set(around.record.id, `${facts.record.name} inside it runs again`);
    if (around.record.child_flow_run_id !== undefined) flowRuns.add(around.record.child_flow_run_id);
    if (downstream) markConsumers(around);
    reopen(around, downstream);
  };

  for (const selector of selectors.from ?? []) {
    for (const facts of select(work, selector)) mark(facts, "--from names it", true);
  }
  for (const selector of selectors.rerun ?? []) {
    for (const facts of select(work, selector)) mark(facts, "--rerun names it", false);
  }
  return { tasks, flowRuns };
}

function select(work: KeptWork, selector: string): readonly TaskFacts[] {
  const all = [...work.tasks.values()];
  const found = all.filter(({ record }) => [record.id, record.task_key, record.name].includes(selector));
  if (found.length > 0) return found;
  const keys = [...new Set(all.map(({ record }) => record.task_key))];
  const known = keys.length === 0 ? "it has started no task yet" : `its tasks are ${keys.join(", ")}`;
  throw new MillraceError("not-found", `run ${work.root.record.name} has no task "${selector}"; ${known}`);
}

function enclosing(work: KeptWork, facts: TaskFacts): TaskFacts | undefined {
  const parent =
    facts.record.parent_task_run_id ?? work.flowRuns.get(facts.record.flow_run_id)?.record.parent_task_run_id;
  return parent === undefined ? undefined : work.tasks.get(parent);
}

function relations(work: KeptWork) {
  const inside = new Map<string, TaskFacts[]>();
  const consumers = new Map<string, TaskFacts[]>();
  const add = (map: Map<string, TaskFacts[]>, key: string, facts: TaskFacts) => {
    const list = map.get(key);
    if (list === undefined) map.set(key, [facts]);
    else list.push(facts);
  };
  for (const facts of work.tasks.values()) {
    const around = enclosing(work, facts);
    if (around !== undefined) add(inside, around.record.id, facts);
    for (const input of facts.record.task_inputs ?? []) add(consumers, input, facts);
  }
  return { inside, consumers };
}
