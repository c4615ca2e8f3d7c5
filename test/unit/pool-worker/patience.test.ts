import assert from "node:assert/strict";
import { Agent } from "node:http";
import { test } from "node:test";
import { createGuard } from "../../../runtime/orchestrator/api/guard.ts";
import { createRouter } from "../../../runtime/orchestrator/api/router.ts";
import { createApiServer } from "../../../runtime/orchestrator/api/server.ts";
import { createPatience } from "../../../runtime/pool-worker/patience.ts";
import { createUplink, isStranger } from "../../../runtime/pool-worker/uplink.ts";
import { MillraceError } from "../../../runtime/protocol/errors.ts";

const outage = () => new MillraceError("not-answering", "nobody there");

test("should ask again more and more rarely while nobody answers, and give up after the limit with the reason", async () => {
  const patiently = createPatience({ limit: () => 400, first: 10, longest: 80 });
  const times: number[] = [];
  await assert.rejects(
    patiently(async () => {
      times.push(performance.now());
      throw outage();
    }),
    { code: "not-answering", message: /has not answered for .*takes the run for crashed.*nobody there/ },
  );
  assert.ok(times.length >= 4 && times.length <= 10, `${times.length} questions`);
  const gaps = times.slice(1).map((time, place) => time - (times[place] ?? 0));
  assert.ok((gaps.at(-1) ?? 0) > (gaps[0] ?? 0) * 2, gaps.join(" "));
});

test("should give the answer when it comes, and pass on at once what is no outage", async () => {
  const patiently = createPatience({ limit: () => 10_000, first: 1 });
  let asked = 0;
  const answer = await patiently(async () => {
    if (++asked < 3) throw outage();
    return "here";
  });
  assert.equal(answer, "here");
  await assert.rejects(
    patiently(async () => {
      asked++;
      throw new MillraceError("conflict", "no");
    }),
    { code: "conflict" },
  );
  assert.equal(asked, 4);
});

test("should tell an orchestrator that is too old from one that does not know the worker", async (t) => {
  const token = "t";
  const server = createApiServer({ guard: createGuard({ token }), router: createRouter([]), report: () => undefined });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const agent = new Agent();
  t.after(() => {
    agent.destroy();
    server.close();
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const uplink = createUplink({
    workerId: "w",
    findAddress: () => ({ url: `http://127.0.0.1:${port}`, token }),
    agent,
  });
  const patiently = createPatience({ limit: () => 60_000 });
  await assert.rejects(
    patiently(() => uplink.ask("POST /api/workers/secrets", { known: [] })),
    (thrown) => {
      assert.equal(isStranger(thrown), false);
      assert.match(String(thrown), /earlier Millrace than the worker .* POST \/api\/workers\/secrets\. Update/);
      return true;
    },
  );
});
