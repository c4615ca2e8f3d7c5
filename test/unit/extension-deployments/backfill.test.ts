import assert from "node:assert/strict";
import { test } from "node:test";
import { backfill } from "../../../extension/deployments/backfill.ts";
import { CancelledByUser } from "../../../extension/problems.ts";
import { toldDeployment } from "../../support/deployments-told.ts";
import { fakeContext } from "../../support/fake-context.ts";

const partition = (day: number, state: string) => ({ key: `2026-01-0${day}T05:00:00Z`, state, flow_run_id: null });
const planned = {
  ...{ id: "b1", deployment_id: "d1", created: "", concurrency: 2, cancelled: false },
  partitions: [partition(1, "complete"), partition(2, "missing")],
};

function begin(choose: (label: readonly string[]) => string | undefined) {
  const bodies: unknown[] = [];
  const given = fakeContext({
    answers: {
      "POST /api/backfills": ({ body }: { body?: unknown }) => {
        bodies.push(body);
        return planned;
      },
    },
  });
  const { context, known, fake } = given;
  const schema = { properties: { day: {}, month: {} } };
  known.deployments = [toldDeployment({ parameter_openapi_schema: schema })];
  const boxes = ["2026-01-01", "2026-01-02", "2"];
  fake.state.onInputBox = () => boxes.shift();
  fake.state.onQuickPick = (items) => {
    const all = items as readonly { label: string }[];
    const wanted = choose(all.map(({ label }) => label));
    return all.find(({ label }) => label === wanted);
  };
  const opened: unknown[] = [];
  const pages = { openHistory: async (filter: unknown) => void opened.push(filter) };
  const parts = { ...context, pages } as unknown as Parameters<typeof backfill>[0];
  return { ...given, bodies, opened, run: () => backfill(parts, "d1") };
}

test("should ask for days, parameter and number, show what there is to run, and open the runs of it", async (t) => {
  const shown: (readonly string[])[] = [];
  const { run, bodies, opened, dispose } = begin((labels) => {
    shown.push(labels);
    return labels.includes("day") ? "day" : labels.find((label) => label.includes("Start 1 run"));
  });
  t.after(dispose);
  await run();
  const asked = {
    ...{ deployment_id: "d1", start: "2026-01-01", end: "2026-01-02", concurrency: 2, schedule_id: "s1" },
    partition_parameter: "day",
  };
  assert.deepEqual(bodies, [{ ...asked, dry_run: true }, asked]);
  assert.deepEqual(shown.at(-1)?.slice(2), ["2026-01-01T05:00:00Z", "2026-01-02T05:00:00Z"]);
  assert.deepEqual(opened, [
    { flow_file: "/work/flows/etl.ts", flow_export: "etl", flow_name: "etl", backfill_id: "b1" },
  ]);
});

test("should start nothing when a line of the preview is chosen or the question is left", async (t) => {
  const { run, bodies, dispose } = begin((labels) => labels.find((label) => label.startsWith("2026")) ?? labels[0]);
  t.after(dispose);
  await assert.rejects(run(), CancelledByUser);
  assert.equal(bodies.length, 1);
});
