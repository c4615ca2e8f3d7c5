import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { commandFile, temporaryFolder } from "../support/places.ts";

test("should keep the code that a run has called, and not the little that help and failures call", (t) => {
  const cwd = temporaryFolder(t);
  const home = path.join(cwd, "home");
  const millrace = (...words: string[]) =>
    spawnSync(process.execPath, [commandFile, ...words], {
      cwd,
      encoding: "utf8",
      env: { ...process.env, MILLRACE_HOME: home, NODE_V8_COVERAGE: undefined },
    });
  const kept = (): string[] => {
    const folder = path.join(home, "compile-cache", "bundles");
    return existsSync(folder)
      ? readdirSync(folder)
          .map((name) => name.replace(/\.[0-9a-f]{16}$/, ""))
          .sort()
      : [];
  };
  writeFileSync(
    path.join(cwd, "one.ts"),
    `import { flow } from "millrace"; export const one = flow({ async run() { return 1; } });`,
  );
  assert.equal(millrace("run", "--help").status, 0);
  assert.equal(millrace("run", "missing.ts").status, 2);
  assert.deepEqual(kept(), []);
  assert.equal(millrace("run", "one.ts").status, 0);
  assert.deepEqual(kept(), ["millrace.cjs", "run.cjs"]);
  const again = millrace("run", "one.ts");
  assert.equal(again.status, 0, again.stderr);
  assert.match(again.stdout, /completed/);
  assert.deepEqual(kept(), ["millrace.cjs", "run.cjs"]);
});
