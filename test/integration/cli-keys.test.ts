/** One run for one flow and key, from the command line. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { connectOrStart } from "../../runtime/client/connect.ts";
import { breakable, lastObject, makePlace } from "./cli-support.ts";

test("should run once for an idempotency key, and wait for a run of that key that is going on", async (t) => {
  const { millrace, write } = makePlace(t);
  write("etl.ts", breakable);
  write("fixed", "");
  const [one, two] = await Promise.all([
    millrace("run", "etl.ts", "--idempotency-key", "monday", "--json"),
    millrace("run", "etl.ts", "--idempotency-key", "monday", "--json"),
  ]);
  assert.equal(one.code, 0);
  assert.equal(two.code, 0);
  assert.equal(lastObject(one.out)["run_id"], lastObject(two.out)["run_id"]);
  const third = await millrace("run", "etl.ts", "--idempotency-key", "monday");
  assert.match(third.err, /nothing was run/);
  assert.equal((await millrace("runs", "ls")).out.trim().split("\n").length, 1);
  assert.equal((await millrace("run", "etl.ts", "--idempotency-key", "tuesday")).code, 0);
  assert.equal((await millrace("runs", "ls")).out.trim().split("\n").length, 2);
});

test("should free a key whose run never came to be", async (t) => {
  const { millrace, write } = makePlace(t);
  write("etl.ts", "export const broken = ;");
  assert.equal((await millrace("run", "etl.ts", "--idempotency-key", "k")).code, 2);
  write("etl.ts", breakable);
  write("fixed", "");
  const { code, out } = await millrace("run", "etl.ts", "--idempotency-key", "k");
  assert.equal(code, 0);
  assert.match(out, /completed load-0/);
});

test("should take a key for one flow, however it is named and whoever started it", { timeout: 60_000 }, async (t) => {
  const { millrace, write, home, cwd } = makePlace(t);
  const mark = path.join(cwd, "ran");
  const body = (name: string) =>
    `flow({ name: "${name}", async run() { appendFileSync(${JSON.stringify(mark)}, "${name} "); } })`;
  const file = write(
    "two.ts",
    `import { appendFileSync } from "node:fs";\nimport { flow } from "millrace";\nexport const a = ${body("first")};\nexport const b = ${body("second")};\n`,
  );
  const withKey = (target: string, key: string) => millrace("run", target, "--idempotency-key", key);
  for (const target of ["two.ts:a", "two.ts:first", "two.ts:b", "two.ts:second", "two.ts:b"]) {
    assert.equal((await withKey(target, "monday")).code, 0, target);
  }
  assert.equal(readFileSync(mark, "utf8"), "first second ");
  const client = await connectOrStart(home);
  t.after(() => client.close());
  const create = { file, flow: "b", idempotency_key: "tuesday" };
  await client.request("POST /api/flow_runs", { body: create });
  assert.equal((await withKey("two.ts:b", "tuesday")).code, 0);
  assert.equal(readFileSync(mark, "utf8"), "first second second ");
  assert.equal((await millrace("orchestrator", "stop")).code, 0);
});
