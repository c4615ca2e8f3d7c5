/** How far a backfill is, in words. Pure. */
import type { Backfill, BackfillPartition } from "../../runtime/protocol/deployments.ts";
import { formatCount } from "../kit/format.ts";

const states = ["running", "waiting", "failed", "missing"] as const satisfies readonly BackfillPartition["state"][];

export function isOver({ partitions, cancelled }: Backfill): boolean {
  const has = (state: BackfillPartition["state"]) => partitions.some((one) => one.state === state);
  return !has("running") && !has("waiting") && (cancelled || !has("missing"));
}

/** "12 of 31 are complete: 2 running, 17 missing" */
export function backfillWords({ partitions, cancelled }: Backfill): string {
  const count = (state: BackfillPartition["state"]) => partitions.filter((one) => one.state === state).length;
  const rest = states.flatMap((state) =>
    count(state) === 0 ? [] : [`${formatCount(count(state))} ${word(state, cancelled)}`],
  );
  const done = `${formatCount(count("complete"))} of ${formatCount(partitions.length)} are complete`;
  return rest.length === 0 ? done : `${done}: ${rest.join(", ")}`;
}

function word(state: (typeof states)[number], cancelled: boolean): string {
  if (state !== "missing") return state;
  return cancelled ? "not run" : "to come";
}
