import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { test } from "node:test";
import { distFolder, projectRoot, temporaryFolder } from "../support/places.ts";

/** Bytes: the editor compiles all of what it reads before activation begins. */
const mostAtStart = 450_000;

test("should read at activation only what registers, and leave the rest for its first use", (t) => {
  const folder = temporaryFolder(t);
  const script = path.join(projectRoot, "test", "bench", "flows", "activate.mts");
  const child = spawnSync(
    process.execPath,
    ["--experimental-strip-types", "--disable-warning=ExperimentalWarning", script, distFolder, folder],
    { encoding: "utf8" },
  );
  assert.equal(child.status, 0, child.stderr);
  const { files, builtins }: { files: string[]; builtins: string[] } = JSON.parse(child.stdout);
  assert.ok(files.includes("main.cjs"), files.join(" "));
  const left = readdirSync(path.join(distFolder, "extension")).filter((name) => !files.includes(name));
  assert.ok(
    left.some((name) => name.startsWith("later-")),
    `read at the start: ${files.join(" ")}`,
  );
  assert.ok(left.includes("language-client.cjs"));
  const bytes = files.reduce((sum, name) => sum + statSync(path.join(distFolder, "extension", name)).size, 0);
  assert.ok(bytes < mostAtStart, `${bytes} bytes are read at the start: ${files.join(" ")}`);
  // Each takes milliseconds to load where nobody has yet.
  for (const name of ["crypto", "child_process", "http"]) assert.ok(!builtins.includes(name), `${name} was loaded`);
});
