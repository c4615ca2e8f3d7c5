import assert from "node:assert/strict";
import { test } from "node:test";
import type { Backfill, BackfillPartition } from "../../../../runtime/protocol/deployments.ts";
import { backfillWords, isOver } from "../../../../webviews/history/backfill-words.ts";
import { askFor, firstChoice, isFiltered, readChoice, withoutFilters } from "../../../../webviews/history/filters.ts";

function told(states: readonly BackfillPartition["state"][], cancelled = false): Backfill {
  const partitions = states.map((state, n) => ({ key: `2026-01-0${n + 1}T05:00:00Z`, state, flow_run_id: null }));
  return { id: "b1", deployment_id: "d1", created: "2026-02-01T00:00:00Z", concurrency: 2, partitions, cancelled };
}

test("should count in words how far a backfill is, and know when nothing comes any more", () => {
  const going = told(["complete", "running", "missing", "missing"]);
  assert.equal(backfillWords(going), "1 of 4 are complete: 1 running, 2 to come");
  assert.equal(isOver(going), false);
  assert.equal(backfillWords(told(["complete", "missing"], true)), "1 of 2 are complete: 1 not run");
  assert.equal(isOver(told(["complete", "missing"], true)), true);
  assert.equal(isOver(told(["complete", "failed"])), true);
  assert.equal(isOver(told(["complete", "missing"])), false);
});

test("should list the runs of a backfill in whatever folder they ran, and all runs when asked to", () => {
  const choice = firstChoice({ backfill_id: "b1" });
  assert.deepEqual(askFor(choice, ["/work"], 0).list, { backfill_id: "b1" });
  assert.equal(isFiltered(choice), true);
  assert.equal(readChoice({ ...choice, backfill: null }, choice).backfill, null);
  assert.deepEqual(askFor(withoutFilters(choice), ["/work"], 0).list, { under: ["/work"] });
});
