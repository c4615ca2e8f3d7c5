import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunRequest } from "../../../runtime/orchestrator/index/store.ts";
import { type WaitingFacts, whyWaiting } from "../../../runtime/orchestrator/pools/why-waiting.ts";
import type { ClaimRecord, PoolRecord } from "../../../runtime/orchestrator/system/records.ts";
import type { WorkerStatus } from "../../../runtime/protocol/deployments.ts";

const now = 1_000_000;
const request: RunRequest = {
  id: "run",
  work_pool: "big",
  queue: "urgent",
  due: now - 1,
  created: now - 1,
  flow: { name: "etl", file: "/etl.ts" },
  name: "etl",
  run: { file: "/etl.ts" },
};

function pool(more: Partial<PoolRecord> = {}, queue: Partial<PoolRecord["queues"][number]> = {}): PoolRecord {
  const urgent = {
    name: "urgent",
    description: null,
    priority: 1,
    is_paused: false,
    concurrency_limit: null,
    ...queue,
  };
  return {
    name: "big",
    type: "process",
    description: null,
    is_paused: false,
    concurrency_limit: null,
    infrastructure: { type: "process" },
    created: 0,
    token_hashes: [],
    queues: [urgent],
    ...more,
  };
}

function claim(run_id: string, more: Partial<ClaimRecord> = {}): ClaimRecord {
  return { id: "c", run_id, pool: "big", queue: "urgent", worker: "w", worker_name: "w", at: 0, begun: 1, ...more };
}

function worker(more: Partial<WorkerStatus> = {}): WorkerStatus {
  return {
    name: "w",
    status: "ONLINE",
    queues: [],
    last_heartbeat_time: "",
    running: 0,
    limit: 1,
    host: "h",
    built_in: false,
    offline_since: null,
    ...more,
  };
}

function why(
  {
    pools = [pool()],
    claims = [],
    workers = [],
  }: { pools?: PoolRecord[]; claims?: ClaimRecord[]; workers?: WorkerStatus[] },
  more: Partial<WaitingFacts> = {},
  asked = request,
): string {
  return whyWaiting(asked, {
    facts: {
      pools: new Map(pools.map((each) => [each.name, each])),
      claims: new Map(claims.map((each) => [each.run_id, each])),
    },
    workers: () => workers,
    capacity: 1,
    isDraining: false,
    now,
    ...more,
  });
}

test("should say why a run waits, and what to do about it", () => {
  assert.match(why({}, {}, { ...request, due: now + 1 }), /scheduled for later/);
  assert.match(
    why({}),
    /No worker polls the queue "urgent" of the work pool "big": start one with `millrace worker start --pool big`/,
  );
  assert.match(why({ workers: [worker({ queues: ["other"] })] }), /No worker polls/);
  assert.match(why({ workers: [worker({ status: "OFFLINE" })] }), /No worker polls/);
  assert.match(why({ workers: [worker({ running: 1 })] }), /as many runs as they take/);
  assert.match(why({ workers: [worker()] }), /about to take it/);
  assert.match(why({ pools: [] }), /"big" is gone: make it again with `millrace pools create big`/);
  assert.match(why({ pools: [pool({ is_paused: true })] }), /is paused; `millrace pools resume big`/);
  assert.match(why({ pools: [pool({}, { is_paused: true })] }), /`millrace pools queue big urgent --resume`/);
  assert.match(why({ pools: [pool({ queues: [] })] }), /has no queue "urgent"/);
  assert.match(why({}, { isDraining: true }), /replaces this one/);
});

test("should name the runs that a limit is reached by", () => {
  const claims = [claim("one"), claim("two")];
  assert.match(
    why({ pools: [pool({ concurrency_limit: 2 })], claims }),
    /"big", 2 at the same time, is reached by one, two\./,
  );
  assert.match(
    why({ pools: [pool({}, { concurrency_limit: 1 })], claims }),
    /queue "urgent", 1 .* reached by one, two/,
  );
  assert.match(why({ pools: [pool({ concurrency_limit: 0 })] }), /lets nobody in/);
  // A run whose worker was given up takes up no place.
  const lost = [claim("one"), claim("two", { given_up: 2 })];
  assert.match(why({ pools: [pool({ concurrency_limit: 2 })], claims: lost }), /No worker polls/);
});

test("should name the worker that has the run", () => {
  assert.match(why({ claims: [claim("run", { worker_name: "box" })] }), /The worker "box" has it/);
  const { begun: _begun, ...fresh } = claim("run");
  assert.match(why({ claims: [fresh] }), /The worker "w" is about to begin it/);
});
