import assert from "node:assert/strict";
import { test } from "node:test";
import { createService } from "../../../extension/service/service.ts";
import type { Client } from "../../../runtime/client/client.ts";
import { MillraceError } from "../../../runtime/protocol/errors.ts";
import { fakeClient } from "../../support/fake-client.ts";
import { fakeVscode } from "../../support/fake-vscode.ts";
import { until } from "../../support/until.ts";

const log = { info() {}, warn() {}, error() {} };

function serviceWith(connector: {
  connect?: () => Promise<Client | undefined>;
  connectOrStart?: (home: string, options: { node?: string }) => Promise<Client>;
}) {
  const states: string[] = [];
  const service = createService({
    vscode: fakeVscode().api,
    log,
    home: "/home",
    node: () => undefined,
    connector: {
      connect: connector.connect ?? (async () => undefined),
      connectOrStart:
        connector.connectOrStart ??
        (async () => {
          throw new Error("not to be started");
        }),
    },
    lookEvery: 5,
  });
  service.onDidChangeState((state) => states.push(state));
  return { service, states };
}

test("should start the service once, however many ask for it at the same time", async (t) => {
  let starts = 0;
  const client = fakeClient();
  const { service, states } = serviceWith({
    async connectOrStart() {
      starts++;
      return client;
    },
  });
  t.after(() => service.dispose());
  const [one, other] = await Promise.all([service.client(), service.client()]);
  assert.equal(one, other);
  assert.equal(starts, 1);
  assert.deepEqual(states, ["starting", "connected"]);
});

test("should start nothing by looking", async (t) => {
  const { service, states } = serviceWith({});
  t.after(() => service.dispose());
  assert.equal(await service.existing(), undefined);
  assert.deepEqual(states, []);
});

test("should notice a service that somebody else has started", async (t) => {
  const client = fakeClient();
  let up = false;
  const { service } = serviceWith({ connect: async () => (up ? client : undefined) });
  t.after(() => service.dispose());
  service.watch();
  assert.equal(await service.existing(), undefined);
  up = true;
  await until(() => service.state === "connected");
  assert.equal(await service.existing(), client);
});

test("should read from a service of an earlier version, and replace it once when it is needed", async (t) => {
  const old = fakeClient();
  old.outdated = true;
  const next = fakeClient();
  // What an editor carries may be older than what it says of itself.
  next.outdated = true;
  let starts = 0;
  const { service, states } = serviceWith({
    connect: async () => (starts === 0 ? old : undefined),
    async connectOrStart() {
      starts++;
      old.become("waiting");
      return next;
    },
  });
  t.after(() => service.dispose());
  const told: string[] = [];
  service.onEvent((event) => told.push(event.type));
  assert.equal(await service.existing(), old);
  assert.equal(await service.client(), next);
  assert.equal(old.closed, true);
  assert.equal(await service.client(), next);
  assert.equal(starts, 1);
  assert.deepEqual(told, ["reset"]);
  assert.deepEqual(states, ["connected", "starting", "waiting", "connected"]);
});

test("should keep the connection that is in use when a look and a start find the same service", async (t) => {
  const looked = fakeClient();
  const started = fakeClient();
  const look = Promise.withResolvers<Client>();
  const start = Promise.withResolvers<Client>();
  const { service } = serviceWith({ connect: () => look.promise, connectOrStart: () => start.promise });
  t.after(() => service.dispose());
  const looking = service.existing();
  const starting = service.client();
  look.resolve(looked);
  assert.equal(await looking, looked);
  start.resolve(started);
  assert.equal(await starting, looked);
  assert.equal(looked.closed, false);
  assert.equal(started.closed, true);
});

test("should tell why it could not be started, and try again at the next need", async (t) => {
  const client = fakeClient();
  let works = false;
  const { service, states } = serviceWith({
    async connectOrStart() {
      if (works) return client;
      throw new MillraceError("home-unusable", "The home cannot be written.");
    },
  });
  t.after(() => service.dispose());
  await assert.rejects(service.client(), /cannot be written/);
  assert.equal(service.state, "failed");
  assert.match(service.problem?.message ?? "", /cannot be written/);
  works = true;
  await service.client();
  assert.deepEqual(states, ["starting", "failed", "starting", "connected"]);
  assert.equal(service.problem, undefined);
});

test("should go on with the one that replaced it, and have everything read again", async (t) => {
  const old = fakeClient();
  const next = fakeClient({}, { seq: 7 });
  const { service, states } = serviceWith({ connect: async () => next, connectOrStart: async () => old });
  t.after(() => service.dispose());
  const events: string[] = [];
  service.onEvent((event) => events.push(event.type));
  await service.client();
  old.become("waiting");
  await until(() => states.at(-1) === "connected" && states.includes("waiting"));
  assert.equal(await service.existing(), next);
  assert.equal(old.closed, true);
  assert.deepEqual(events, ["reset"]);
});

test("should have everything read again when a click comes before the look for the one that replaced it", async (t) => {
  const [old, next] = [fakeClient(), fakeClient({}, { seq: 3 })];
  const look = Promise.withResolvers<Client | undefined>();
  const started: Client[] = [old, next];
  const { service } = serviceWith({
    connect: () => look.promise,
    connectOrStart: async () => started.shift() ?? next,
  });
  t.after(() => service.dispose());
  const events: string[] = [];
  service.onEvent((event) => events.push(event.type));
  await service.client();
  assert.deepEqual(events, []);
  old.become("waiting");
  assert.equal(await service.client(), next);
  look.resolve(undefined);
  assert.deepEqual(events, ["reset"]);
});

test("should have everything read again after it has ended and was started anew", async (t) => {
  const started: Client[] = [fakeClient({ "POST /api/shutdown": () => ({}) }), fakeClient()];
  const { service } = serviceWith({ connectOrStart: async () => started.shift() ?? fakeClient() });
  t.after(() => service.dispose());
  const events: string[] = [];
  service.onEvent((event) => events.push(event.type));
  await service.client();
  await service.stop();
  await service.client();
  assert.deepEqual(events, ["reset"]);
});

test("should wait for a service that does not answer, and be stopped when it has ended", async (t) => {
  const client = fakeClient();
  let answer: () => Promise<Client | undefined> = async () => {
    throw new MillraceError("not-answering", "It does not answer.");
  };
  const { service } = serviceWith({ connect: () => answer(), connectOrStart: async () => client });
  t.after(() => service.dispose());
  await service.client();
  client.become("waiting");
  await until(() => service.problem);
  assert.equal(service.state, "waiting");
  answer = async () => undefined;
  client.become("waiting");
  await until(() => service.state === "stopped");
  assert.equal(client.closed, true);
});

test("should remember that the user has stopped it until something needs it", async (t) => {
  const client = fakeClient({ "POST /api/shutdown": () => ({}) });
  const { service } = serviceWith({ connectOrStart: async () => client });
  t.after(() => service.dispose());
  await service.client();
  await service.stop();
  assert.equal(service.state, "stopped");
  assert.equal(service.wasStopped, true);
  await service.client();
  assert.equal(service.wasStopped, false);
});
