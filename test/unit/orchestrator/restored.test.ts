import assert from "node:assert/strict";
import { test } from "node:test";
import { systemState } from "../../../runtime/orchestrator/restored.ts";
import { noFacts } from "../../../runtime/orchestrator/system/records.ts";

test("should leave a run to its worker after a start, unless that was given up and the run waits for another", () => {
  const facts = noFacts();
  const request = (id: string) => ({
    ...{ id, work_pool: "big", queue: "default", due: 1, created: 1, name: id },
    flow: { name: "etl", file: "/etl.ts" },
    run: { file: "/etl.ts" },
  });
  const claim = (run_id: string, more: object = {}) => ({
    ...{ id: `claim ${run_id}`, run_id, pool: "big", queue: "default", worker: "w", worker_name: "w", at: 5, begun: 6 },
    ...more,
  });
  for (const id of ["held", "lost", "new"]) facts.requests.set(id, request(id));
  facts.claims.set("held", claim("held"));
  facts.claims.set("lost", claim("lost", { given_up: 9, verdict: 2 }));
  const { requests, places } = systemState(facts);
  assert.deepEqual(
    requests.map(({ id, claimed }) => [id, claimed?.worker]),
    [
      ["held", "w"],
      ["lost", undefined],
      ["new", undefined],
    ],
  );
  assert.deepEqual(
    places.map(({ run_id }) => run_id),
    ["held"],
  );
});
