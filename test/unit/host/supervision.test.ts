import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { makeSupervision, type SupervisionOptions } from "../../../runtime/engine/host/supervision.ts";
import type { SupervisorMessage } from "../../../runtime/protocol/live.ts";
import { connectLocal, localSocketAddress } from "../../../runtime/system/local-socket.ts";
import { temporaryFolder } from "../../support/places.ts";

async function openSupervision(test: TestContext, more: Partial<SupervisionOptions> = {}) {
  const address = localSocketAddress(temporaryFolder(test), "run.1");
  const heard: unknown[] = [];
  const state = { synced: 0, log: 0 };
  const supervision = makeSupervision({
    entry: { run_id: "run", socket: address, token: "secret" },
    atOnce: false,
    segment: 3,
    synced: () => state.synced,
    logOffset: () => state.log,
    standing: () => [{ type: "paused", pause_key: "k" }],
    onCancel: (reason, grace) => heard.push(["cancel", reason, grace]),
    onContinue: (key, value) => heard.push(["continue", key, value]),
    onSupervisors: () => heard.push(["supervised", supervision.supervised]),
    onUnreachable: (error) => assert.fail(String(error)),
    ...more,
  });
  test.after(() => supervision.close(0));
  await supervision.open();
  return { address, heard, state, supervision };
}

async function visit(
  test: TestContext,
  address: string,
  hello: { readonly token?: string; readonly supervises?: boolean } = {},
) {
  const socket = await connectLocal(address);
  test.after(() => socket.destroy());
  const messages = listenTo(socket);
  const say = (message: SupervisorMessage) => socket.write(`${JSON.stringify(message)}\n`);
  say({ type: "hello", token: "secret", ...hello });
  return { socket, say, next: messages };
}

/** Gives the next message each time; undefined when the other side has closed. */
function listenTo(socket: Socket): () => Promise<unknown> {
  const lines = (async function* () {
    let rest = "";
    for await (const chunk of socket) {
      const parts = (rest + String(chunk)).split("\n");
      rest = parts.pop() ?? "";
      for (const line of parts) yield JSON.parse(line);
    }
  })();
  return async () => (await lines.next()).value;
}

describe("the socket of a run", () => {
  it("should greet with who it is and how things stand", async (test) => {
    const { address, state } = await openSupervision(test);
    state.synced = 100;
    state.log = 7;
    const { next } = await visit(test, address);
    assert.deepEqual(await next(), { type: "hello", run_id: "run", pid: process.pid });
    assert.deepEqual(await next(), { type: "synced", segment: 3, offset: 100 });
    assert.deepEqual(await next(), { type: "log", offset: 7 });
    assert.deepEqual(await next(), { type: "paused", pause_key: "k" });
  });

  it("should announce many syncs as one, and the end of the run", async (test) => {
    const { address, state, supervision } = await openSupervision(test, { standing: () => [] });
    const { next } = await visit(test, address);
    for (const _ of ["hello", "synced", "log"]) await next();
    for (state.synced = 1; state.synced < 500; state.synced++) supervision.announce();
    assert.deepEqual(await next(), { type: "synced", segment: 3, offset: 500 });
    state.log = 9;
    supervision.close(1);
    assert.deepEqual(await next(), { type: "log", offset: 9 });
    assert.deepEqual(await next(), { type: "closing", exit_code: 1 });
    assert.equal(await next(), undefined);
  });

  it("should take orders and answer pings", async (test) => {
    const { address, heard } = await openSupervision(test, { standing: () => [] });
    const { say, next } = await visit(test, address);
    for (const _ of ["hello", "synced", "log"]) await next();
    say({ type: "cancel", reason: "enough", grace_ms: 10 });
    say({ type: "continue", pause_key: "k", value: { ok: true } });
    say({ type: "ping", id: 4 });
    assert.deepEqual(await next(), { type: "pong", id: 4 });
    assert.deepEqual(heard, [
      ["supervised", true],
      ["cancel", "enough", 10],
      ["continue", "k", { ok: true }],
    ]);
  });

  it("should ignore what it does not understand", async (test) => {
    const { address } = await openSupervision(test, { standing: () => [] });
    const { socket, say, next } = await visit(test, address);
    for (const _ of ["hello", "synced", "log"]) await next();
    socket.write('no json\n{"type":"of the future"}\n{"type":"cancel"}\n\n');
    say({ type: "ping", id: 1 });
    assert.deepEqual(await next(), { type: "pong", id: 1 });
  });

  it("should send strangers away unheard", async (test) => {
    const { address, heard } = await openSupervision(test);
    const { say, next } = await visit(test, address, { token: "wrong" });
    say({ type: "cancel", reason: "", grace_ms: 0 });
    assert.equal(await next(), undefined);
    assert.deepEqual(heard, []);
  });

  it("should not count a visitor who only has something to say as a supervisor", async (test) => {
    const { address, supervision } = await openSupervision(test, { standing: () => [] });
    const { next } = await visit(test, address, { supervises: false });
    await next();
    assert.equal(supervision.supervised, false);
    const { next: nextOfOther, socket } = await visit(test, address);
    await nextOfOther();
    assert.equal(supervision.supervised, true);
    socket.destroy();
    while (supervision.supervised) await new Promise(setImmediate);
  });
});
