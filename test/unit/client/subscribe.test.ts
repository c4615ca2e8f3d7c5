import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { type TestContext, test } from "node:test";
import { type Subscription, subscribe } from "../../../runtime/client/subscribe.ts";
import { createGuard } from "../../../runtime/orchestrator/api/guard.ts";
import { attachLiveSockets } from "../../../runtime/orchestrator/api/live-socket.ts";
import { createEvents, type Events } from "../../../runtime/orchestrator/events.ts";
import type { LiveEvent } from "../../../runtime/protocol/api.ts";
import { listenLocal, localSocketAddress } from "../../../runtime/system/local-socket.ts";
import { temporaryFolder } from "../../support/places.ts";

interface Serving {
  readonly server: Server;
  readonly drop: () => void;
  readonly stop: () => Promise<void>;
}

async function serve(socket: string, events: Events, token = "secret"): Promise<Serving> {
  const server = createServer();
  const connections = new Set<{ destroy(): void }>();
  server.on("connection", (connection) => connections.add(connection));
  const sockets = attachLiveSockets(server, { guard: createGuard({ token: token }), events });
  await listenLocal(server, socket);
  const drop = (): void => {
    for (const connection of connections) connection.destroy();
    connections.clear();
  };
  return {
    server,
    drop,
    async stop() {
      sockets.close();
      drop();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function setUp(t: TestContext) {
  const socket = localSocketAddress(temporaryFolder(t), "live");
  const seen: LiveEvent[] = [];
  const open = (after?: number): Subscription => {
    const subscription = subscribe(async () => ({ socket, token: "secret" }), {
      ...(after === undefined ? {} : { after }),
      onEvent: (event) => {
        seen.push(event);
        waiting?.();
      },
    });
    t.after(() => subscription.close());
    return subscription;
  };
  let waiting: (() => void) | undefined;
  const seenUpTo = (seq: number) =>
    new Promise<void>((resolve) => {
      waiting = () => {
        if ((seen.at(-1)?.seq ?? 0) >= seq) resolve();
      };
      waiting();
    });
  return { socket, seen, open, seenUpTo };
}

test("should miss nothing and repeat nothing when the connection is lost", async (t) => {
  const { socket, seen, open, seenUpTo } = setUp(t);
  const events = createEvents(1);
  const serving = await serve(socket, events);
  t.after(serving.stop);
  const start = events.seq();
  await open().connected;
  for (let n = 0; n < 60; n++) {
    events.publish({ type: "removed", flow_run_id: String(n) });
    if (n % 7 === 3) serving.drop();
    if (n % 5 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await seenUpTo(events.seq());
  assert.deepEqual(
    seen.map(({ seq }) => seq),
    Array.from({ length: 60 }, (_, n) => start + 1 + n),
  );
});

test("should miss nothing when the connection is lost before anything happened", async (t) => {
  const { socket, seen, open, seenUpTo } = setUp(t);
  const events = createEvents(1);
  const serving = await serve(socket, events);
  t.after(serving.stop);
  await open().connected;
  serving.drop();
  events.publish({ type: "removed", flow_run_id: "one" });
  await new Promise((resolve) => setImmediate(resolve));
  events.publish({ type: "removed", flow_run_id: "two" });
  await seenUpTo(events.seq());
  assert.equal(seen.length, 2);
});

test("should find the orchestrator again after it was replaced, and hear that it must read again", async (t) => {
  const { socket, seen, open, seenUpTo } = setUp(t);
  const before = createEvents(1);
  const first = await serve(socket, before);
  await open().connected;
  before.publish({ type: "removed", flow_run_id: "one" });
  await seenUpTo(before.seq());
  await first.stop();
  const after = createEvents(2);
  const second = await serve(socket, after);
  t.after(second.stop);
  await seenUpTo(after.seq());
  after.publish({ type: "removed", flow_run_id: "two" });
  await seenUpTo(after.seq());
  assert.deepEqual(
    seen.map(({ type }) => type),
    ["removed", "reset", "removed"],
  );
});

test("should tell that the token was refused", async (t) => {
  const { socket, open } = setUp(t);
  const serving = await serve(socket, createEvents(1), "another");
  t.after(serving.stop);
  await assert.rejects(open().connected, { code: "unauthorized" });
});
