import assert from "node:assert/strict";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { homePaths } from "../../runtime/protocol/home.ts";
import { createModules } from "../../runtime/worker/modules.ts";
import { distFolder, temporaryFolder } from "../support/places.ts";

test("should prepare a file again when it or what it imports was edited, and only then", async (t) => {
  const folder = temporaryFolder(t);
  const home = path.join(folder, "home");
  const file = path.join(folder, "flow.ts");
  const helper = path.join(folder, "helper.ts");
  writeFileSync(file, 'import { two } from "./helper";\nexport const one: number = two;\n');
  writeFileSync(helper, "export const two: number = 2;\n");
  const modules = createModules({ home, node: process.execPath, dist: distFolder, env: process.env });
  const prepared = async (): Promise<number> => {
    rmSync(homePaths.transforms(home), { recursive: true, force: true });
    await modules.prepareAgain(file);
    try {
      return readdirSync(homePaths.transforms(home), { recursive: true, withFileTypes: true }).filter((e) => e.isFile())
        .length;
    } catch {
      return 0;
    }
  };
  assert.ok((await prepared()) > 0);
  assert.equal(await prepared(), 0);
  writeFileSync(helper, "export const two: number = 22;\n");
  assert.ok((await prepared()) > 0);
  assert.equal(await prepared(), 0);
  writeFileSync(file, "export const = 3;\n");
  await prepared();
  writeFileSync(file, "export const three: number = 3;\n");
  assert.ok((await prepared()) > 0);
});
