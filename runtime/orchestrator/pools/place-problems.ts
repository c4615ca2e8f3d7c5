/** Why runs cannot be asked for in a pool and queue. Pure. */
import type { Infrastructure } from "../../protocol/deployments.ts";
import type { FieldProblem } from "../../protocol/errors.ts";
import { didYouMean } from "../../protocol/near-names.ts";
import { defaultName, type SystemFacts } from "../system/records.ts";
import { blockProblems } from "./container-block.ts";

export interface WantedPlace {
  readonly work_pool_name?: string | undefined;
  readonly work_queue_name?: string | undefined;
  readonly infrastructure?: Infrastructure | undefined;
}

export function placeProblems(
  { pools, blocks }: Pick<SystemFacts, "pools" | "blocks">,
  { work_pool_name: pool = defaultName, work_queue_name: queue = defaultName, infrastructure }: WantedPlace,
): readonly FieldProblem[] {
  const found = pools.get(pool);
  if (found === undefined) {
    const hint = didYouMean(pool, [...pools.keys()]) || " `millrace pools ls` lists them.";
    return [{ path: "work_pool_name", message: `there is no work pool "${pool}".${hint}` }];
  }
  const problems: FieldProblem[] = [];
  if (!found.queues.some(({ name }) => name === queue)) {
    const names = found.queues.map(({ name }) => name);
    const hint =
      didYouMean(queue, names) || ` It has ${names.join(", ")}; \`millrace pools queue ${pool} ${queue}\` makes one.`;
    problems.push({ path: "work_queue_name", message: `the work pool "${pool}" has no queue "${queue}".${hint}` });
  }
  if (infrastructure !== undefined && infrastructure.type !== found.type) {
    const message = `is of type ${infrastructure.type}; the work pool "${pool}" runs ${found.type}`;
    problems.push({ path: "infrastructure", message });
  }
  problems.push(...blockProblems(infrastructure, blocks));
  return problems;
}
