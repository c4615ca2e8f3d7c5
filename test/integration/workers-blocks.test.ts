/** Blocks in the home of a worker: it has their documents, and what is secret in them sealed with a key of its own. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { Client } from "../../runtime/client/client.ts";
import { homePaths } from "../../runtime/protocol/home.ts";
import { filesWith } from "../support/block-home.ts";
import { testHome, untilEnded } from "../support/orchestrator.ts";
import { makePool, startWorker, untilOnline, workerHome } from "../support/pool-worker.ts";
import { until } from "../support/until.ts";

const flows = `import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { flow, z } from "millrace";
import { Secret } from "millrace/blocks";
export const opens = flow({ name: "opens", parameters: z.object({ mark: z.string() }), async run({ mark }) {
  const value = (await Secret.load("door")).get();
  console.log("opens with " + value);
  writeFileSync(mark, createHash("sha256").update(value).digest("hex"));
  return value;
} });
`;

const planted = ["planted-first-door-4711", "planted-second-door-4711", "planted-other-4711"] as const;
const [first, second, other] = planted;

const save = (client: Client, name: string, value: string) =>
  client.request("PUT /api/block_documents/:slug/:name", {
    params: { slug: "secret", name },
    body: { data: { value }, overwrite: true },
  });

test("should bring a worker the secrets of the blocks that its runs load, and the new one after a rotation", async (t) => {
  const { home, folder, start, mark } = testHome(t);
  const client = await start();
  const file = path.join(folder, "opens.ts");
  writeFileSync(file, flows);
  await save(client, "door", first);
  await save(client, "other", other);
  await makePool(client, "big");
  const worker = startWorker(t, { home, pool: "big" });
  await untilOnline(client, "big");
  const there = workerHome(home, "big");
  const secrets = homePaths.secrets(there);
  // Without the one that is just being written.
  const sealed = (): string[] =>
    existsSync(secrets) ? readdirSync(secrets).filter((name) => !name.includes(".")) : [];
  const before = await until(() => (sealed().length === 2 ? sealed() : undefined));
  const opened = async (): Promise<string> => {
    const { id } = await client.request("POST /api/flow_runs", {
      body: { file, flow: "opens", parameters: { mark: mark("opened") }, work_pool_name: "big" },
    });
    const ended = await untilEnded(client, id);
    assert.equal(ended.state_type, "COMPLETED", `${ended.state.message} ${worker.output()}`);
    return readFileSync(mark("opened"), "utf8");
  };
  const hashed = (value: string): string => createHash("sha256").update(value).digest("hex");
  assert.equal(await opened(), hashed(first));
  await save(client, "door", second);
  assert.equal(await opened(), hashed(second));
  const after = sealed();
  assert.deepEqual([after.length, after.filter((id) => before.includes(id)).length], [2, 1]);
  // Its own key: what is sealed in one home is of no use in the other.
  assert.notEqual(readFileSync(homePaths.secretKey(there), "utf8"), readFileSync(homePaths.secretKey(home), "utf8"));
  assert.deepEqual(after.toSorted(), readdirSync(homePaths.secrets(home)).toSorted());
  await client.request("DELETE /api/block_documents/:slug/:name", {
    params: { slug: "secret", name: "other" },
    body: {},
  });
  await until(() => sealed().length === 1);
  await worker.kill("SIGTERM");
  assert.deepEqual(filesWith(home, planted), []);
  assert.equal(planted.filter((secret) => worker.output().includes(secret)).length, 0);
});
