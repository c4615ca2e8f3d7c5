import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { blockLines, loadSnippet } from "../../../runtime/cli/blocks/show-block.ts";
import { makeStyle } from "../../../runtime/cli/terminal/style.ts";
import { blockDocument } from "../../support/blocks-told.ts";
import { temporaryFolder } from "../../support/places.ts";

const style = makeStyle({ color: false, unicode: true });

test("should import a class of the workspace by its path from the workspace, wherever one stands in it", (t) => {
  const folder = temporaryFolder(t);
  const below = path.join(folder, "flows", "deep");
  mkdirSync(below, { recursive: true });
  const module = path.join(folder, "blocks", "crm.ts");
  const type = { module, code_example: `import { Crm } from ${JSON.stringify(module)};\nawait Crm.load("NAME");` };
  assert.match(loadSnippet(type, "main", below), /from "\.\.\/\.\.\/blocks\/crm\.ts"/);
  writeFileSync(path.join(folder, "millrace.json"), "{}");
  const expected = 'import { Crm } from "./blocks/crm.ts";\nawait Crm.load("main");';
  assert.equal(loadSnippet(type, "main", below), expected);
  assert.equal(loadSnippet(type, "main", folder), expected);
  const own = { module: "acme-blocks", code_example: 'import { Crm } from "acme-blocks";' };
  assert.equal(loadSnippet(own, "main", folder), own.code_example);
});

test("should say what declared a type that nobody has registered any more", () => {
  const document = blockDocument("crm", "main", { type_known: false, type_module: "/w/crm.ts" });
  const lines = (block: typeof document) => blockLines(block, undefined, { style, cwd: "/w" }).join("\n");
  assert.match(lines(document), /millrace blocks register \/w\/crm\.ts$/m);
  assert.match(lines({ ...document, type_module: null }), /millrace blocks register FILE\|PACKAGE$/m);
});
