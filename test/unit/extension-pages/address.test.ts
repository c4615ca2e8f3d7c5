import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  graphAddress,
  historyAddress,
  identityOf,
  isSamePage,
  runAddress,
  titleOf,
} from "../../../extension/pages/address.ts";

const runId = "019aa6b3-1b2c-7d3e-8f4a-5b6c7d8e9f0a";
const target = { uri: "file:///w/my%20flows/etl.ts", export: "etlParent", name: "etl-parent" };

test("should know a run's page by its address alone", () => {
  const address = runAddress(runId, { title: "etl-parent · calm-otter", target, again: "other" });
  assert.equal(address.scheme, "millrace-run");
  assert.equal(address.path, `/${runId}/etl-parent · calm-otter`);
  assert.deepEqual(identityOf(address), { page: "run", run_id: runId, target, again: "other" });
  assert.equal(titleOf(address), "etl-parent · calm-otter");
});

test("should give back every target and filter through an address", () => {
  fc.assert(
    fc.property(
      fc.record({ uri: fc.string(), export: fc.option(fc.string()), name: fc.string() }, { noNullPrototype: true }),
      fc.record({ flow_file: fc.string(), flow_name: fc.string() }, { requiredKeys: [] }),
      (anyTarget, filter) => {
        assert.deepEqual(identityOf(runAddress(runId, { target: anyTarget })), {
          page: "run",
          run_id: runId,
          target: anyTarget,
          again: null,
        });
        assert.deepEqual(identityOf(graphAddress(anyTarget)), { page: "graph", target: anyTarget });
        assert.deepEqual(identityOf(historyAddress(filter)), { page: "history", filter: { ...filter } });
      },
    ),
  );
});

test("should keep names out of the way of the path", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (title) => {
      const { path } = runAddress(runId, { title });
      assert.equal(path.split("/").length, 3);
      assert.equal(path.split("/")[1], runId);
    }),
  );
  assert.equal(runAddress(runId, { title: "a/b\\c" }).path, `/${runId}/a-b-c`);
});

test("should take a run for the same page whatever else its address tells", () => {
  assert.ok(isSamePage(runAddress(runId, { target }), runAddress(runId, { title: "other" })));
  assert.ok(!isSamePage(runAddress(runId), runAddress("019aa6b3-1b2c-7d3e-8f4a-000000000000")));
  assert.ok(!isSamePage(historyAddress(), historyAddress({ flow_name: "etl" })));
  assert.ok(isSamePage(historyAddress({ flow_name: "etl" }), historyAddress({ flow_name: "etl" })));
  assert.ok(!isSamePage(graphAddress(target), graphAddress({ ...target, export: "other" })));
});

test("should know nothing of addresses that nobody gave out", () => {
  assert.equal(identityOf({ scheme: "file", path: "/a", query: "" }), undefined);
  assert.equal(identityOf({ scheme: "millrace-run", path: "/", query: "" }), undefined);
  assert.equal(identityOf({ scheme: "millrace-graph", path: "/Graph", query: "flow=x" }), undefined);
});
