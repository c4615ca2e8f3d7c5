import assert from "node:assert/strict";
import { mock, type TestContext, test } from "node:test";
import type { HostMessage, PageMessage } from "../../../../runtime/protocol/pages.ts";
import { connectHost } from "../../../../webviews/kit/host.ts";

const identity = { page: "history", filter: {} } as const;

/** The globals of a page in the editor. */
function page(t: TestContext) {
  const posted: PageMessage[] = [];
  let listen: (event: { readonly data: HostMessage }) => void = () => {};
  const globals = {
    acquireVsCodeApi: () => ({
      postMessage: (message: PageMessage) => void posted.push(message),
      getState: () => undefined,
      setState() {},
    }),
    document: { querySelector: () => ({ dataset: { identity: JSON.stringify(identity), known: "null" } }) },
    window: {
      addEventListener(_name: string, listener: typeof listen) {
        listen = listener;
      },
    },
  };
  Object.assign(globalThis, globals);
  mock.timers.enable({ apis: ["setTimeout"] });
  t.after(() => {
    mock.timers.reset();
    for (const name of Object.keys(globals)) Reflect.deleteProperty(globalThis, name);
  });
  return { take: () => posted.splice(0), hear: (data: HostMessage) => listen({ data }) };
}

test("should say ready again while nothing is heard, with what it waits for and nothing that does something", async (t) => {
  const { take, hear } = page(t);
  const told: boolean[] = [];
  const host = connectHost({ onSilent: (isSilent) => void told.push(isSilent) });
  const asked = host.api("GET /api/flow_runs/:id", { params: { id: "a" } });
  host.call("cancelRun", { run_id: "a" }).catch(() => {});
  const [ready, question] = take();
  assert.equal(ready?.type, "ready");
  assert.deepEqual(ready?.type === "ready" ? ready.identity : undefined, identity);
  mock.timers.tick(1500);
  assert.deepEqual(take(), [ready, question]);
  mock.timers.tick(3000);
  assert.deepEqual(told, [true]);
  take();
  assert.ok(question?.type === "api");
  hear({ type: "answer", id: question.id, value: { id: "a" } });
  assert.deepEqual(await asked, { id: "a" });
  assert.deepEqual(told, [true, false]);
  mock.timers.tick(60_000);
  assert.deepEqual(take(), []);
});

test("should be another script once it stands for something else", (t) => {
  const { take, hear } = page(t);
  const shown: unknown[] = [];
  connectHost({ onShown: (host) => void shown.push(host.identity) });
  const [first] = take();
  const run = { page: "run", run_id: "b", target: null, again: null } as const;
  const surroundings = { trusted: true, service: "connected", folders: [], profile: "", features: [] } as const;
  hear({ type: "event", event: { type: "show", identity: run, known: { surroundings, flow_run: null } } });
  const [second] = take();
  assert.deepEqual(shown, [run]);
  assert.ok(first?.type === "ready" && second?.type === "ready");
  assert.notEqual(first.script, second.script);
  assert.deepEqual(second.identity, run);
});
