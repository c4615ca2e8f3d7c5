/**
 * Edges between tasks that hand no value on, so that the order of a flow can be seen: what takes no other task's result
 * comes after what ended last before it began. Pure.
 */
import type { TaskRun } from "../../../runtime/protocol/api.ts";
import type { LayoutEdge } from "../../layout/types.ts";

/**
 * @param scopes task runs of one flow run or of one task, oldest first.
 * @param boxes of which one may be around others: members of one map or loop are not put in order among themselves.
 */
export function orderEdges(
  scopes: Iterable<readonly TaskRun[]>,
  boxOf: ReadonlyMap<string, string>,
  boxes: ReadonlyMap<string, { readonly parent: string | null; readonly kind: string }>,
): LayoutEdge[] {
  /** To → from → how many calls say so. */
  const votes = new Map<string, Map<string, number>>();
  for (const tasks of scopes) {
    const ended = tasks
      .flatMap((task) => (task.end_time === null ? [] : [{ at: Date.parse(task.end_time), id: task.id }]))
      .sort((left, right) => left.at - right.at || (left.id < right.id ? -1 : 1));
    for (const task of tasks) {
      if (task.task_inputs.length > 0) continue;
      const before = lastEnded(ended, Date.parse(task.start_time ?? task.state.timestamp), task.id);
      const from = before === undefined ? undefined : boxOf.get(before);
      const to = boxOf.get(task.id);
      if (from === undefined || to === undefined || from === to) continue;
      const around = boxes.get(to)?.parent ?? null;
      const kind = around === null ? undefined : boxes.get(around)?.kind;
      if (around === (boxes.get(from)?.parent ?? null) && (kind === "map" || kind === "loop")) continue;
      const counts = votes.get(to) ?? new Map<string, number>();
      counts.set(from, (counts.get(from) ?? 0) + 1);
      votes.set(to, counts);
    }
  }
  const edges: LayoutEdge[] = [];
  for (const [to, counts] of votes) {
    // Of calls that run side by side, each sees another one's neighbours: most of them see their own.
    let best: string | undefined;
    for (const [from, count] of counts) if (best === undefined || count > (counts.get(best) ?? 0)) best = from;
    if (best !== undefined) edges.push({ from: best, to, kind: "order" });
  }
  return edges;
}

/** The last of `ended` that had ended at `begin` and was made before `id`. */
function lastEnded(
  ended: readonly { readonly at: number; readonly id: string }[],
  begin: number,
  id: string,
): string | undefined {
  let low = 0;
  let high = ended.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ended[middle]?.at ?? 0) <= begin) low = middle + 1;
    else high = middle;
  }
  for (let place = low - 1; place >= 0; place--) {
    const candidate = ended[place];
    if (candidate !== undefined && candidate.id < id) return candidate.id;
  }
  return undefined;
}
