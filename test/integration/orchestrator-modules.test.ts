import assert from "node:assert/strict";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { test } from "node:test";
import { homePaths } from "../../runtime/protocol/home.ts";
import { createModules } from "../../runtime/worker/modules.ts";
import { createValidators } from "../../runtime/worker/validators.ts";
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

const checked = `import { flow, z } from "millrace";
if (process.env.MILLRACE_DESCRIBE !== "1") throw new Error("not told");
console.log("prints at its top");
export const etl = flow({
  name: "the-etl",
  parameters: z.object({ months: z.array(z.int().max(12)), year: z.int().default(2021), who: z.object({ name: z.string() }).optional() }),
  async run() { throw new Error("never runs"); },
});
export const free = flow({ async run() {} });
export const slow = flow({ parameters: z.object({}).refine(() => { for (;;); }), async run() {} });
export const ends = flow({ parameters: z.object({}).refine(() => { console.error("bye"); process.exit(7); }), async run() {} });
`;

test("should check parameters against a flow's own schema, again and again, and with the new one after an edit", async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, "checked.ts");
  writeFileSync(file, checked);
  const home = path.join(folder, "home");
  const modules = createModules({ home, node: process.execPath, dist: distFolder, env: process.env });
  t.after(() => modules.close());
  const paths = async (flow: string, parameters: Record<string, unknown>) =>
    (await modules.validate(file, flow, parameters)).map((field) => field.path);
  assert.deepEqual(await paths("etl", { months: [1, 13], year: "x", who: {} }), ["months[1]", "year", "who.name"]);
  assert.deepEqual(await paths("the-etl", { months: [] }), []);
  assert.deepEqual(await paths("free", { anything: 1 }), []);
  await assert.rejects(modules.validate(file, "none", {}), { code: "unknown-flow" });
  writeFileSync(file, checked.replace("max(12)", "max(20)"));
  assert.deepEqual(await paths("etl", { months: [13] }), []);
  await assert.rejects(modules.validate(file, "ends", {}), /exit code 7.*\n?.*bye/s);
  assert.deepEqual(await paths("etl", { months: [13] }), []);
  writeFileSync(file, "export const broken = ;");
  await assert.rejects(modules.validate(file, "etl", {}), { code: "load-failed" });
});

test("should end a check that takes too long, what nobody asks any more, and all beyond a number", async (t) => {
  const folder = temporaryFolder(t);
  const files = ["a.ts", "b.ts"].map((name) => path.join(folder, name));
  for (const file of files) writeFileSync(file, checked);
  const place = { home: path.join(folder, "home"), node: process.execPath, dist: distFolder, env: process.env };
  const validators = createValidators({ ...place, most: 1, idleAfter: 50 });
  t.after(() => validators.close());
  const [a = "", b = ""] = files;
  assert.equal((await validators.check(a, "1", "etl", {})).length, 1);
  assert.equal((await validators.check(b, "1", "etl", {})).length, 1);
  assert.equal(validators.running(), 1);
  while (validators.running() > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  const hasty = createValidators({ ...place, limit: 1000 });
  t.after(() => hasty.close());
  await assert.rejects(hasty.check(a, "1", "slow", {}), /took longer than 1 second/);
  while (hasty.running() > 0) await new Promise((resolve) => setTimeout(resolve, 10));
});
