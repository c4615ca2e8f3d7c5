import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { Agent, createServer } from "node:http";
import { describe, it, type TestContext } from "node:test";
import { createClient } from "../../../runtime/client/client.ts";
import { makeLimits } from "../../../runtime/engine/host/limits.ts";
import { orchestratorLink } from "../../../runtime/engine/host/orchestrator-link.ts";
import { publishedFile } from "../../../runtime/engine/host/published-file.ts";
import { makeVariables } from "../../../runtime/engine/host/variables.ts";
import type { Health } from "../../../runtime/protocol/api.ts";
import { MillraceError } from "../../../runtime/protocol/errors.ts";
import { homePaths } from "../../../runtime/protocol/home.ts";
import { emptyPublished } from "../../../runtime/protocol/published.ts";
import { listenLocal, localSocketAddress } from "../../../runtime/system/local-socket.ts";
import { temporaryFolder } from "../../support/places.ts";

/** An orchestrator that answers with what `answer` gives, and everything it was asked. `gone` breaks the connection. */
async function setUp(test: TestContext, answer: (name: string, input: unknown, connection: number) => unknown) {
  const home = temporaryFolder(test);
  const time = { now: 0 };
  const asked: unknown[] = [];
  let connections = 0;
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const route = `${request.method} ${request.url}`;
    const input: unknown = body === "" ? undefined : JSON.parse(body);
    asked.push(input === undefined ? [route] : [route, input]);
    const said = answer(route, input, Number(request.headers.authorization?.replace("Bearer ", "")));
    if (said === gone) response.destroy();
    else response.setHeader("content-type", "application/json").end(JSON.stringify(said));
  });
  const socket = localSocketAddress(home, "orchestrator");
  await listenLocal(server, socket);
  test.after(() => server.close());
  const link = orchestratorLink(home, async () => {
    const agent = new Agent();
    const address = { socket, token: String(++connections) };
    return createClient({ home, address, health, outdated: false, agent, findAddress: async () => address });
  });
  const published = publishedFile(home, () => time.now);
  const publish = (content: object) => {
    writeFileSync(homePaths.published(home), JSON.stringify({ ...emptyPublished, ...content }));
    time.now += 1000;
  };
  return {
    asked,
    link,
    published,
    publish,
    limits: makeLimits("run", published, link),
    connections: () => connections,
  };
}

const gone = Symbol("gone");

const health: Health = {
  version: "0",
  build: "0",
  protocol: { major: 1, minor: 0 },
  pid: 1,
  home: "",
  started: "",
  draining: false,
  live_runs: 0,
  warm_runners: 0,
  seq: 0,
};

const signal = new AbortController().signal;

describe("limits", () => {
  it("should ask nobody for names without a limit", async (test) => {
    const { limits, connections } = await setUp(test, () => assert.fail("asked"));
    assert.equal(limits.isLimited(["tag:a", "task:b"]), false);
    const release = await limits.acquire(["tag:a"], "h", signal, () => assert.fail("waits"));
    await release();
    assert.equal(connections(), 0);
  });

  it("should see a limit that was set while the run goes on", async (test) => {
    const { limits, publish } = await setUp(test, () => undefined);
    assert.equal(limits.isLimited(["tag:a"]), false);
    publish({ limits: { "tag:a": 1 } });
    assert.equal(limits.isLimited(["tag:a", "tag:b"]), true);
  });

  it("should hold the slots of limited names only, and give them back", async (test) => {
    const { limits, publish, asked } = await setUp(test, () => ({ granted: true }));
    publish({ limits: { "tag:a": 1 } });
    const release = await limits.acquire(["tag:a", "tag:b"], "h", signal, () => assert.fail("waits"));
    await release();
    await release();
    assert.deepEqual(asked, [
      ["POST /api/slots", { names: ["tag:a"], run_id: "run", holder: "h", wait_ms: 0 }],
      ["DELETE /api/slots/h"],
    ]);
  });

  it("should wait until it is granted and say for what", async (test) => {
    let refusals = 2;
    const { limits, publish } = await setUp(test, () =>
      refusals-- > 0 ? { granted: false, waiting_for: "tag:a" } : { granted: true },
    );
    publish({ limits: { "tag:a": 1 } });
    const waited: string[] = [];
    await limits.acquire(["tag:a"], "h", signal, (name) => waited.push(name));
    assert.deepEqual(waited, ["tag:a"]);
  });

  it("should stop waiting when the run is cancelled", async (test) => {
    const controller = new AbortController();
    const { limits, publish } = await setUp(test, () => {
      controller.abort(new MillraceError("cancelled", "enough"));
      return { granted: false };
    });
    publish({ limits: { "tag:a": 1 } });
    await assert.rejects(
      limits.acquire(["tag:a"], "h", controller.signal, () => undefined),
      { code: "cancelled" },
    );
  });

  it("should say again what it holds to an orchestrator that was started anew", async (test) => {
    const { limits, publish, asked } = await setUp(test, (_, input, connection) => {
      if (connection === 1 && JSON.stringify(input).includes('"second"')) return gone;
      return { granted: true };
    });
    publish({ limits: { "tag:a": 2 } });
    await limits.acquire(["tag:a"], "first", signal, () => undefined);
    await limits.acquire(["tag:a"], "second", signal, () => undefined);
    assert.deepEqual(asked[2], [
      "POST /api/slots",
      { names: ["tag:a"], run_id: "run", holder: "first", reassert: true },
    ]);
    assert.deepEqual(asked.length, 4);
  });

  it("should give back everything when the run ends, also when nobody listens", async (test) => {
    const { limits, publish, asked } = await setUp(test, (name) => {
      if (name.startsWith("DELETE")) return gone;
      return { granted: true };
    });
    publish({ limits: { "tag:a": 2 } });
    await limits.acquire(["tag:a"], "one", signal, () => undefined);
    await limits.releaseAll();
    assert.ok(asked.length >= 2);
  });
});

describe("variables", () => {
  it("should be read from what is published and set through the orchestrator", async (test) => {
    const { published, link, publish, asked } = await setUp(test, () => ({}));
    const variables = makeVariables(published, link);
    assert.equal(await variables.get("color"), undefined);
    publish({ variables: { color: "green" } });
    assert.equal(await variables.get("color"), "green");
    assert.equal(await variables.get("toString"), undefined);
    await variables.set("color", "blue");
    assert.deepEqual(asked, [["PUT /api/variables/color", { value: "blue" }]]);
  });
});

describe("the link to the orchestrator", () => {
  it("should open one new connection when several find the old one gone", async (test) => {
    const { link, connections } = await setUp(test, (_, __, connection) => {
      if (connection === 1) return gone;
      return { ...health, seq: connection };
    });
    const ask = () => link.use((client) => client.request("GET /api/health")).then(({ seq }) => seq);
    assert.deepEqual(await Promise.all([ask(), ask(), ask()]), [2, 2, 2]);
    assert.equal(connections(), 2);
  });
});
