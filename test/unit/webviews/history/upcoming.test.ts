import assert from "node:assert/strict";
import { test } from "node:test";
import type { UpcomingRun } from "../../../../runtime/protocol/deployments.ts";
import type { HistoryBucket } from "../../../../runtime/protocol/editor-api.ts";
import { firstChoice } from "../../../../webviews/history/filters.ts";
import { wantedUpcoming, withUpcoming } from "../../../../webviews/history/upcoming.ts";

const coming = (time: string, more: Partial<UpcomingRun> = {}): UpcomingRun => ({
  ...{ deployment_id: "d1", deployment_name: "daily", flow_name: "etl", schedule_id: "s1", time, parameters: {} },
  ...more,
});
const bucket = (start: string, end: string): HistoryBucket => ({
  ...{ start, end, counts: { COMPLETED: 2 }, median_duration: 1, longest_duration: 1 },
});
const history = {
  buckets: [
    bucket("2026-12-01T00:00:00.000Z", "2026-12-01T01:00:00.000Z"),
    bucket("2026-12-01T01:00:00.000Z", "2026-12-01T02:00:00.000Z"),
  ],
  total: 4,
  counts: { COMPLETED: 4 },
};

test("should draw runs to come behind those that there are, in stretches of the same length, as far as the chart is long", () => {
  const { buckets } = withUpcoming(history, [
    coming("2026-12-01T01:30:00Z"),
    coming("2026-12-01T03:10:00Z"),
    coming("2026-12-01T03:20:00Z"),
    coming("2026-12-09T03:20:00Z"),
  ]);
  assert.deepEqual(
    buckets.map(({ start, counts }) => [start.slice(11, 16), counts]),
    [
      ["00:00", { COMPLETED: 2 }],
      ["01:00", { COMPLETED: 2, SCHEDULED: 1 }],
      ["02:00", {}],
      ["03:00", { SCHEDULED: 2 }],
    ],
  );
  assert.equal(withUpcoming(history, []), history);
});

test("should leave out runs to come that the filters of the list leave out", () => {
  const all = [
    coming("2026-12-01T05:00:00Z"),
    coming("2026-12-01T06:00:00Z", { flow_name: "report", deployment_name: "weekly" }),
  ];
  const choice = firstChoice({});
  assert.equal(wantedUpcoming(all, choice).length, 2);
  assert.deepEqual(
    wantedUpcoming(all, { ...choice, text: "Week" }).map(({ flow_name }) => flow_name),
    ["report"],
  );
  assert.deepEqual(
    wantedUpcoming(all, firstChoice({ flow_name: "etl", flow_file: "/work/etl.ts" })).map(({ flow_name }) => flow_name),
    ["etl"],
  );
});
