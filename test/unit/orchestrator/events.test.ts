import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { createEvents, type NewEvent } from "../../../runtime/orchestrator/events.ts";
import type { LiveEvent } from "../../../runtime/protocol/api.ts";

const removed = (id: number): NewEvent => ({ type: "removed", flow_run_id: String(id) });
const numbers = (events: readonly LiveEvent[]): number[] => events.map(({ seq }) => seq);

test("should give a listener each event once, whenever it comes back", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom("publish", "leave", "turn"), { maxLength: 60 }), async (steps) => {
      const events = createEvents(1, 1000);
      const seen: LiveEvent[] = [];
      let last = events.seq();
      const join = () =>
        events.listen(last, (came) => {
          seen.push(...came);
          last = came.at(-1)?.seq ?? last;
        });
      let leave = join();
      let published = 0;
      for (const step of steps) {
        if (step === "publish") events.publish(removed(published++));
        else if (step === "turn") await turn();
        else {
          leave();
          events.publish(removed(published++));
          leave = join();
        }
      }
      await turn();
      assert.deepEqual(
        seen.map((event) => event.type === "removed" && Number(event.flow_run_id)),
        Array.from({ length: published }, (_, id) => id),
      );
    }),
  );
});

test("should answer with a reset when what is asked for is no longer kept", () => {
  const events = createEvents(1, 10);
  const start = events.seq();
  for (let id = 0; id < 100; id++) events.publish(removed(id));
  const came: LiveEvent[] = [];
  events.listen(start + 1, (more) => came.push(...more));
  assert.deepEqual(came, [{ seq: events.seq(), type: "reset" }]);
});

test("should answer with a reset to numbers of an earlier or another orchestrator", () => {
  const before = createEvents(1);
  before.publish(removed(1));
  const after = createEvents(2);
  for (const old of [before.seq(), 0, after.seq() + 5]) {
    const came: LiveEvent[] = [];
    after.listen(old, (more) => came.push(...more));
    assert.deepEqual(
      came.map(({ type }) => type),
      ["reset"],
    );
  }
});

test("should send nothing old to a listener that asks for what comes from now on", async () => {
  const events = createEvents(1);
  events.publish(removed(1));
  const came: LiveEvent[] = [];
  const leave = events.listen(undefined, (more) => came.push(...more));
  events.publish(removed(2));
  await turn();
  leave();
  events.publish(removed(3));
  await turn();
  assert.deepEqual(numbers(came), [events.seq() - 1]);
});
