import assert from "node:assert/strict";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import test from "node:test";
import { describeFile } from "../../runtime/runner/describe-file.ts";
import { prepareGraph } from "../../runtime/runner/loader/prepare.ts";
import { distFolder, temporaryFolder } from "../support/places.ts";

/** The bundles in a place where no esbuild can be found: as on a platform that it has no binary for. */
function withoutEsbuild(folder: string): string {
  const dist = path.join(folder, "dist");
  mkdirSync(dist);
  for (const name of ["millrace.cjs", "runner.cjs", "transform.cjs", "sucrase.cjs", "tsconfig.cjs", "sdk"]) {
    cpSync(path.join(distFolder, name), path.join(dist, name), { recursive: true });
  }
  return dist;
}

test("should load TypeScript without esbuild, and refuse with a reason what then cannot be compiled", async (t) => {
  const folder = temporaryFolder(t);
  const dist = withoutEsbuild(folder);
  const files = {
    "size.ts": "export enum Size { Two = 2 }\nexport interface Box { size: Size }\n",
    "fine.ts": `import { flow } from "millrace";\nimport { type Box, Size } from "./size";\nclass Job { constructor(public box: Box) {} }\nexport const fine = flow({ name: "size " + new Job({ size: Size.Two }).box.size, run: async () => 1 });\n`,
    "space.ts": `import { flow } from "millrace";\nnamespace Units { export const km = 1; }\nexport const space = flow({ run: async () => Units.km });\n`,
    "broken.ts": "const fine = 1;\nconst x = = 2;\n",
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  const home = path.join(folder, "home");
  const describe = (name: string) =>
    describeFile({ home, file: path.join(folder, name), node: process.execPath, env: process.env, dist });
  assert.equal((await describe("fine.ts")).flows[0]?.name, "size 2");
  await assert.rejects(describe("space.ts"), {
    code: "load-failed",
    message: /space\.ts:2:1: a namespace cannot be compiled here, because esbuild has no binary.*npm i esbuild/,
  });
  await assert.rejects(describe("broken.ts"), { code: "load-failed", message: /broken\.ts:2:11: Unexpected token/ });
  assert.equal(await prepareGraph(path.join(folder, "fine.ts"), home, dist), 2);
});
