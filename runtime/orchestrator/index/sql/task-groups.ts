import type { TaskGroup } from "../store.ts";
import type { SqlDatabase } from "./database.ts";
import type { Dictionary } from "./dictionary.ts";
import { taskRunsPerRoot } from "./schema.ts";
import { codedState, idText, numberOf } from "./values.ts";

/**
 * The task runs of one flow run by task, place of the call and state; in the order in which they first came into
 * being. What a resume or a retry has made anew is left out.
 * @param flowRun key of a subflow run, null for the root
 */
export function groupTaskRuns(
  database: SqlDatabase,
  dictionary: Dictionary,
  root: number,
  flowRun: number | null,
): TaskGroup[] {
  // In JSON a quote within a text is escaped: these characters are the field and nothing else.
  const groups = database.prepare(
    `SELECT task, source, state, count(*), min(key), max(key),
       sum(CASE WHEN started IS NULL THEN 0 WHEN total IS NULL THEN ifnull(ended, started) - started ELSE total END)
     FROM task_run WHERE key >= ?1 AND key < ?2 AND flow_run IS ?3
       AND (more IS NULL OR instr(more, '"superseded":true') = 0)
     GROUP BY task, source, state ORDER BY min(key)`,
  );
  const idOf = database.prepare("SELECT id FROM task_run WHERE key = ?");
  return groups
    .all([root * taskRunsPerRoot, (root + 1) * taskRunsPerRoot, flowRun])
    .map(([task, source, state, count, , last, duration]) => {
      const known = codedState(numberOf(state));
      return {
        task_key: dictionary.textOf(numberOf(task)),
        source: source === null ? null : JSON.parse(dictionary.textOf(numberOf(source))),
        state_type: known?.type ?? "PENDING",
        state_name: known?.name ?? "Pending",
        count: numberOf(count),
        duration: numberOf(duration) / 1000,
        task_run_id: idText(idOf.first([numberOf(last)])?.[0]),
      };
    });
}
