import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { attemptsOf } from "../../../../webviews/run/attempts.ts";
import { codeWords, explainRun, explainTask, saysTheSame } from "../../../../webviews/run/words.ts";
import { at, sampleRun, sampleTask, start } from "./samples.ts";

const clock = (time: number): string => new Date(start + time).toTimeString().slice(0, 8);
const task = (state: Parameters<typeof sampleTask>[2], more: Parameters<typeof sampleTask>[1] = {}) =>
  explainTask(sampleTask(0, more, state), start + 10_000)?.text;
const run = (state: Parameters<typeof sampleRun>[1], more: Parameters<typeof sampleRun>[0] = {}) =>
  explainRun(sampleRun(more, state), start + 10_000)?.text;

describe("saysTheSame", () => {
  it("should know an explanation that only repeats the error", () => {
    const error = 'task "slow-call" took longer than its timeout of 400ms';
    assert.equal(saysTheSame('Task "slow-call" took longer than its timeout of 400ms.', error), true);
    assert.equal(saysTheSame("Not run: a task whose result it needs has failed.", error), false);
    assert.equal(saysTheSame("It was told to stop.", undefined), false);
  });
});

describe("explainTask", () => {
  it("should say nothing where the state says it all", () => {
    assert.equal(task({ type: "COMPLETED" }), undefined);
    assert.equal(task({ type: "RUNNING" }), undefined);
  });

  it("should tell why and when a task is tried again", () => {
    const waiting = { type: "SCHEDULED", name: "AwaitingRetry", message: "no route\nat x" } as const;
    assert.equal(
      task({ ...waiting, details: { scheduled_time: at(18_000) } }, { run_count: 2 }),
      `Attempt 2 failed: no route. The next one begins in 8s, at ${clock(18_000)}.`,
    );
    assert.equal(
      task({ ...waiting, details: { scheduled_time: at(0) } }),
      "Attempt 1 failed: no route. The next one begins now.",
    );
    const error = { name: "Error", message: "refused" };
    assert.equal(
      task({ type: "RUNNING", name: "Retrying" }, { run_count: 3, error }),
      "Attempt 3 is running; 2 before it failed, the last with: refused.",
    );
  });

  it("should tell what a task waits for", () => {
    assert.equal(
      task({ type: "SCHEDULED", name: "AwaitingConcurrencySlot", message: 'waits for a slot of "database"' }),
      'Waits for a slot of "database": as many as may run at once are running. It has waited 10s.',
    );
  });

  it("should tell why a task did not run", () => {
    assert.equal(
      task({ name: "Cached" }),
      "Not run: an earlier run of this task with the same cache key had a result, which was taken.",
    );
    assert.match(task({ name: "Cached", details: { cache_expiration: at(70_000) } }) ?? "", /It is kept for 1m, at /);
    assert.match(
      task({ type: "FAILED" }, { error: { name: "MillraceError", message: "x", code: "upstream-failed" } }) ?? "",
      /^Not run: a task whose result it needs has failed/,
    );
    assert.equal(task({ name: "Skipped", message: "nothing new" }), "Not run: nothing new.");
  });

  it("should leave the message of an error to the error, and tell one without an error", () => {
    assert.equal(task({ type: "FAILED", message: "boom" }, { error: { name: "Error", message: "boom" } }), undefined);
    assert.equal(task({ type: "FAILED", message: "boom" }), "Boom.");
    assert.equal(task({ type: "CANCELLED", message: "cancelled by the user" }), "Cancelled by the user.");
  });
});

describe("codeWords", () => {
  it("should tell the commit that the files lay on, where there is a repository", () => {
    assert.equal(codeWords(null).text, "working copy");
    const { text, title } = codeWords({ id: "3f2a91c0".repeat(5), branch: "main" });
    assert.equal(text, "working copy at 3f2a91c");
    assert.match(title, /3f2a91c03f2a.* of main\./);
  });
});

describe("explainRun", () => {
  it("should tell why a run has not begun", () => {
    const waits = { type: "SCHEDULED", at: 4000 } as const;
    assert.equal(
      run(waits),
      `It waits in the queue "default" since ${clock(4000)} and starts as soon as a runner is free.`,
    );
    assert.equal(run(waits, { expected_start_time: at(70_000) }), `It starts in 1m, at ${clock(70_000)}.`);
    assert.equal(run({ type: "PENDING" }), "A runner is starting.");
    const late = run({ type: "SCHEDULED", name: "Late" }, { expected_start_time: at(-50_000), work_queue_name: "big" });
    assert.match(late ?? "", /^Late: it was due at \S+, 1m ago, and no worker has taken it from the queue "big"/);
  });

  it("should tell what a pause waits for, and until when", () => {
    assert.equal(run({ type: "PAUSED" }), "The flow waits for an answer.");
    assert.equal(
      run({ type: "PAUSED", message: "Approve the load", details: { pause_timeout: at(40_000) } }),
      `Approve the load. Without one it fails in 30s, at ${clock(40_000)}.`,
    );
  });

  it("should tell how the process of a crashed run ended", () => {
    const crashed = (details: Record<string, unknown>, message?: string) =>
      explainRun(sampleRun({}, { type: "CRASHED", details, ...(message === undefined ? {} : { message }) }), start);
    assert.match(crashed({ signal: "SIGKILL" })?.text ?? "", /was killed \(SIGKILL\).*memory.*Resume goes on/);
    assert.match(crashed({ signal: "SIGPIPE" })?.text ?? "", /was ended by SIGPIPE/);
    assert.match(crashed({ exit_code: 137 })?.text ?? "", /SIGKILL/);
    assert.match(crashed({ exit_code: 0 })?.text ?? "", /called process\.exit\(\)/);
    assert.match(crashed({ exit_code: 3 })?.text ?? "", /exit code 3/);
    assert.equal(crashed({}, "nobody saw it")?.text, "Nobody saw it.");
    assert.match(crashed({})?.text ?? "", /nobody saw how/);
    const memory = crashed({ signal: "SIGABRT", last_output: ["FATAL ERROR: JavaScript heap out of memory", 7] });
    assert.match(memory?.text ?? "", /ran out of memory.*--max-old-space-size/);
    assert.deepEqual(memory?.output, ["FATAL ERROR: JavaScript heap out of memory"]);
  });
});

describe("attemptsOf", () => {
  const state = (type: "RUNNING" | "SCHEDULED" | "COMPLETED" | "FAILED", name: string, time: number, more = {}) =>
    Object.assign(sampleTask(0, {}, { type, at: time }).state, { name, ...more });

  it("should tell each attempt with its end, the wait after it and the reason", () => {
    const attempts = attemptsOf([
      state("SCHEDULED", "AwaitingConcurrencySlot", 0),
      state("RUNNING", "Running", 10),
      state("SCHEDULED", "AwaitingRetry", 30, { message: "no", state_details: { scheduled_time: at(80) } }),
      state("RUNNING", "Retrying", 81),
      state("RUNNING", "Retrying", 90),
      state("COMPLETED", "Completed", 120),
    ]);
    assert.deepEqual(
      attempts.map(({ number, from, to, state_type, message, retry_at }) => [
        number,
        from - start,
        to === null ? null : to - start,
        state_type,
        message,
        retry_at === null ? null : retry_at - start,
      ]),
      [
        [1, 10, 30, "FAILED", "no", 80],
        [2, 81, 90, "FAILED", null, 90],
        [3, 90, 120, "COMPLETED", null, null],
      ],
    );
  });

  it("should leave an attempt open that still runs, and tell none for a task that never ran", () => {
    assert.deepEqual(
      attemptsOf([state("RUNNING", "Running", 0)]).map(({ to }) => to),
      [null],
    );
    assert.deepEqual(attemptsOf([state("COMPLETED", "Cached", 0)]), []);
  });
});
