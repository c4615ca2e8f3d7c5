import assert from "node:assert/strict";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { distFolder, projectRoot, temporaryFolder } from "../support/places.ts";
import { startNode } from "../support/zoomcamp.ts";

test("should let the example's own tests pass in a project that has the package", async (t) => {
  const folder = temporaryFolder(t);
  cpSync(path.join(projectRoot, "examples", "zoomcamp"), path.join(folder, "flows"), { recursive: true });
  const installed = path.join(folder, "node_modules", "millrace");
  mkdirSync(installed, { recursive: true });
  cpSync(distFolder, path.join(installed, "dist"), { recursive: true });
  cpSync(path.join(projectRoot, "package.json"), path.join(installed, "package.json"));
  writeFileSync(path.join(folder, "package.json"), JSON.stringify({ type: "module" }));
  const { code, output } = await startNode(
    ["--experimental-strip-types", "--disable-warning=ExperimentalWarning", "--test", "flows/etl-parent.test.ts"],
    { cwd: folder, environment: { HOME: folder, USERPROFILE: folder } },
  ).ended;
  assert.equal(code, 0, output);
  assert.match(output, /pass 5/);
});
