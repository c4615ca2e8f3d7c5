import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { type Asked, createConversation } from "../../../extension/pages/conversation.ts";
import { toProblem } from "../../../extension/pages/problem.ts";
import { CancelledByUser } from "../../../extension/problems.ts";
import { MillraceError } from "../../../runtime/protocol/errors.ts";
import type { HostMessage, PageEvent } from "../../../runtime/protocol/pages.ts";
import { logEvent } from "../../support/runs-told.ts";

function conversationWith(answer: (asked: Asked) => Promise<unknown> = async () => null) {
  const posted: HostMessage[] = [];
  const timers = new Set<() => void>();
  const titles: string[] = [];
  let starts = 0;
  const conversation = createConversation({
    post: (message) => void posted.push(message),
    answer,
    problem: toProblem,
    started: () => void starts++,
    otherThan: ({ page }) => (page === "panel" ? select("other") : undefined),
    title: (title) => void titles.push(title),
    later(_milliseconds, callback) {
      timers.add(callback);
      return () => timers.delete(callback);
    },
  });
  return {
    conversation,
    posted,
    titles,
    starts: () => starts,
    /** What was posted since the last look. */
    take: () => posted.splice(0),
    passTime() {
      const due = [...timers];
      timers.clear();
      for (const callback of due) callback();
    },
    timers,
  };
}

const live = (seq: number): PageEvent => ({ type: "live", event: logEvent(seq, "run") });
const select = (id: string): PageEvent => ({ type: "select", task_run_id: id });

test("should keep what is told before the page is ready, the newest of a kind", () => {
  const { conversation, posted } = conversationWith();
  conversation.tell(select("one"));
  conversation.tell(select("two"));
  assert.deepEqual(posted, []);
  conversation.receive({ type: "ready" });
  assert.deepEqual(posted, [{ type: "events", events: [select("two")] }]);
});

test("should send the first event at once, and those that follow together", () => {
  const { conversation, take, passTime, timers } = conversationWith();
  conversation.receive({ type: "ready" });
  conversation.tell(live(1));
  assert.deepEqual(take(), [{ type: "events", events: [live(1)] }]);
  conversation.tell(live(2));
  conversation.tell(live(3));
  assert.deepEqual(take(), []);
  passTime();
  assert.deepEqual(take(), [{ type: "events", events: [live(2), live(3)] }]);
  passTime();
  assert.equal(timers.size, 0);
  conversation.tell(live(4));
  assert.deepEqual(take(), [{ type: "events", events: [live(4)] }]);
});

test("should answer, and tell of errors by their message", async () => {
  const errors: Record<string, unknown> = {
    refused: new MillraceError("bad-parameters", "year is missing", { fields: [{ path: "year", message: "missing" }] }),
    changedMind: new CancelledByUser(),
    broken: "text",
  };
  const { conversation, take } = conversationWith(async (asked) => {
    if (asked.type === "call" && asked.name in errors) throw errors[asked.name];
    return 42;
  });
  conversation.receive({ type: "ready" });
  conversation.receive({ type: "api", id: 1, route: "GET /api/flow_runs/:id", input: {} });
  for (const [index, name] of Object.keys(errors).entries()) {
    conversation.receive({ type: "call", id: 10 + index, name, input: {} });
  }
  await turn();
  assert.deepEqual(take(), [
    { type: "answer", id: 1, value: 42 },
    {
      type: "problem",
      id: 10,
      problem: { code: "bad-parameters", message: "year is missing", fields: [{ path: "year", message: "missing" }] },
    },
    { type: "problem", id: 11, problem: { code: "cancelled", message: "Cancelled." } },
    { type: "problem", id: 12, problem: { code: "internal", message: "text" } },
  ]);
});

test("should not answer what an earlier script of the page asked for", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { conversation, take, starts } = conversationWith(async () => promise);
  conversation.receive({ type: "ready" });
  conversation.receive({ type: "call", id: 1, name: "follow", input: {} });
  conversation.gone();
  conversation.tell(live(1));
  conversation.tell(select("later"));
  conversation.receive({ type: "ready" });
  resolve();
  await turn();
  // Live events are for the script that follows, and that one is gone.
  assert.deepEqual(take(), [{ type: "events", events: [select("later")] }]);
  assert.equal(starts(), 2);
});

test("should ignore what is no message of a page", () => {
  const { conversation, posted, titles } = conversationWith();
  for (const message of [null, 1, "ready", {}, { type: "title" }, { type: "api", id: "1" }]) {
    conversation.receive(message);
  }
  conversation.receive({ type: "title", title: "etl" });
  assert.deepEqual(posted, []);
  assert.deepEqual(titles, ["etl"]);
});

test("should leave no timer behind", () => {
  const { conversation, timers } = conversationWith();
  conversation.receive({ type: "ready" });
  conversation.tell(live(1));
  assert.equal(timers.size, 1);
  conversation.dispose();
  assert.equal(timers.size, 0);
});

test("should tell a script that has heard nothing once more, and go on answering what it asked", async () => {
  const answers: ((value: unknown) => void)[] = [];
  const { conversation, take, starts } = conversationWith(() => new Promise((resolve) => answers.push(resolve)));
  conversation.tell(select("one"));
  conversation.receive({ type: "ready", script: 7 });
  conversation.receive({ type: "api", id: 1, route: "GET /api/flow_runs/:id", input: {} });
  take();
  conversation.receive({ type: "ready", script: 7 });
  assert.equal(starts(), 2);
  answers[0]?.("told");
  await turn();
  assert.deepEqual(take(), [{ type: "answer", id: 1, value: "told" }]);
  conversation.receive({ type: "api", id: 2, route: "GET /api/flow_runs/:id", input: {} });
  conversation.receive({ type: "ready", script: 8 });
  answers[1]?.("late");
  await turn();
  assert.deepEqual(take(), [], "another script has not asked");
});

test("should show a script what its page stands for now, when it began with something else", () => {
  const { conversation, take, starts } = conversationWith();
  conversation.receive({ type: "ready", script: 1, identity: { page: "panel" } });
  assert.deepEqual(take(), [{ type: "event", event: select("other") }]);
  assert.equal(starts(), 0);
  conversation.receive({ type: "ready", script: 2, identity: { page: "history", filter: {} } });
  assert.equal(starts(), 1);
});
