import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { createLiveFeed } from "../../../extension/pages/live-feed.ts";
import type { LiveEvent } from "../../../runtime/protocol/api.ts";
import { flowRun, logEvent, runEvent, tasksEvent } from "../../support/runs-told.ts";

function feedWith(parents: Record<string, string | null> = {}) {
  let send: ((event: LiveEvent) => void) | undefined;
  const asked: string[] = [];
  const feed = createLiveFeed({
    listen(listener) {
      send = listener;
      return () => {
        send = undefined;
      };
    },
    async parentOf(id) {
      asked.push(id);
      await turn();
      if (!(id in parents)) throw new Error("no such run");
      return parents[id] ?? null;
    },
  });
  return { feed, asked, send: (event: LiveEvent) => send?.(event), isListening: () => send !== undefined };
}

function heardBy(feed: ReturnType<typeof createLiveFeed>, run: string) {
  const seqs: number[] = [];
  return { seqs, end: feed.follow(run, ({ seq }) => void seqs.push(seq)) };
}

async function settle(): Promise<void> {
  for (let round = 0; round < 10; round++) await turn();
}

test("should give the events of a run and of its subflows, and no others", () => {
  const { feed, send, asked } = feedWith();
  const top = heardBy(feed, "top");
  const sub = heardBy(feed, "sub");
  send(runEvent(1, flowRun("top")));
  send(runEvent(2, flowRun("sub", { parent_flow_run_id: "top", root_flow_run_id: "top" })));
  send(runEvent(3, flowRun("deep", { parent_flow_run_id: "sub", root_flow_run_id: "top" })));
  send(runEvent(4, flowRun("other")));
  send(tasksEvent(5, "deep"));
  send(logEvent(6, "sub"));
  send(logEvent(7, "other"));
  assert.deepEqual(top.seqs, [1, 2, 3, 5, 6]);
  assert.deepEqual(sub.seqs, [2, 3, 5, 6]);
  assert.deepEqual(asked, []);
});

test("should ask once where a run belongs that it has not heard of, and keep the order meanwhile", async () => {
  const { feed, send, asked } = feedWith({ sub: "top", top: null });
  const top = heardBy(feed, "top");
  send(logEvent(1, "sub"));
  send(runEvent(2, flowRun("top")));
  send(logEvent(3, "sub"));
  await settle();
  send(logEvent(4, "sub"));
  assert.deepEqual(top.seqs, [1, 2, 3, 4]);
  assert.deepEqual(asked, ["sub"]);
});

test("should still give a run's own events when nobody knows where it belongs", async () => {
  const { feed, send } = feedWith();
  const run = heardBy(feed, "gone");
  send(logEvent(1, "gone"));
  send({ seq: 2, type: "removed", flow_run_id: "gone" });
  await settle();
  assert.deepEqual(run.seqs, [1, 2]);
});

test("should give everybody a reset, and followers of all runs everything but log lines", () => {
  const { feed, send } = feedWith();
  const all = heardBy(feed, "*");
  const one = heardBy(feed, "run");
  send(runEvent(1, flowRun("run")));
  send(logEvent(2, "run"));
  send({ seq: 3, type: "reset" });
  assert.deepEqual(all.seqs, [1, 3]);
  assert.deepEqual(one.seqs, [1, 2, 3]);
});

test("should listen only while somebody follows", () => {
  const { feed, isListening } = feedWith();
  assert.equal(isListening(), false);
  const one = heardBy(feed, "one");
  const two = heardBy(feed, "two");
  one.end();
  assert.equal(isListening(), true);
  two.end();
  assert.equal(isListening(), false);
});

test("should ask again which run a subflow belongs to when that could not be told", async () => {
  const parents: Record<string, string | null> = { top: null };
  const { feed, send, asked } = feedWith(parents);
  const top = heardBy(feed, "top");
  send(tasksEvent(1, "sub"));
  await settle();
  parents["sub"] = "top";
  send(tasksEvent(2, "sub"));
  send(tasksEvent(3, "sub"));
  await settle();
  assert.deepEqual(top.seqs, [2, 3]);
  assert.deepEqual(asked, ["sub", "sub", "top"]);
});
