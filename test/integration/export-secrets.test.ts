import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { breakable, makePlace } from "./cli-support.ts";

test("should export a run without the home's key, its secrets and the run's token", async (t) => {
  const { millrace, write, home, cwd } = makePlace(t);
  write("etl.ts", breakable);
  write("fixed", "");
  await millrace("run", "etl.ts");
  const id = (await millrace("runs", "ls")).out.split("\t")[0] ?? "";
  writeFileSync(path.join(home, "secret.key"), "planted-key-4711");
  mkdirSync(path.join(home, "secrets"), { recursive: true });
  writeFileSync(path.join(home, "secrets", "one"), "planted-secret-4711");
  const { token } = JSON.parse(readFileSync(path.join(home, "live", id), "utf8").split("\n")[0] ?? "");
  const file = path.join(cwd, "run.export");
  assert.equal((await millrace("runs", "export", id, "-o", file)).code, 0);
  const bytes = readFileSync(file);
  const text = (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString("latin1");
  assert.ok(text.includes(id));
  for (const secret of ["planted-key-4711", "planted-secret-4711", String(token)]) {
    assert.ok(secret.length > 8 && !text.includes(secret), secret);
  }
});
