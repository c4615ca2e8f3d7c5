import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { importInsert } from "../../../extension/blocks/snippet.ts";
import { specifierOf } from "../../../runtime/client/specifier.ts";
import { loadLine, variableOf } from "../../../runtime/protocol/block-snippet.ts";

const bucket = { class_name: "GcsBucket", module: "millrace/blocks" };

function inserted(text: string, type = bucket, from = "/work"): string {
  const insert = importInsert(text, type, from);
  return insert === undefined ? text : text.slice(0, insert.offset) + insert.text + text.slice(insert.offset);
}

test("should name the variable after the class", () => {
  assert.deepEqual(["GcsBucket", "SQLWarehouse", "SQL", "secret"].map(variableOf), [
    "gcsBucket",
    "sqlWarehouse",
    "sql",
    "secret",
  ]);
  assert.equal(loadLine(bucket, 'a "b"'), 'const gcsBucket = await GcsBucket.load("a \\"b\\"");');
});

test("should import the class once, where the other imports are", () => {
  const flow = 'import { flow } from "millrace";\n\nexport const f = 1;\n';
  assert.equal(
    inserted(flow),
    'import { flow } from "millrace";\nimport { GcsBucket } from "millrace/blocks";\n\nexport const f = 1;\n',
  );
  assert.equal(inserted(inserted(flow)), inserted(flow));
  assert.equal(inserted("const a = 1;\n"), 'import { GcsBucket } from "millrace/blocks";\n\nconst a = 1;\n');
  assert.equal(inserted(""), 'import { GcsBucket } from "millrace/blocks";\n');
  assert.match(inserted("#!/usr/bin/env node\nrun();\n"), /^#!\/usr\/bin\/env node\nimport \{ GcsBucket \}/);
  assert.equal(
    inserted("import { flow } from 'millrace';\r\n"),
    "import { flow } from 'millrace';\r\nimport { GcsBucket } from 'millrace/blocks';\r\n",
  );
});

test("should add the class to what is imported from its module already", () => {
  const one = 'import { Secret } from "millrace/blocks";\n';
  assert.equal(inserted(one), 'import { Secret, GcsBucket } from "millrace/blocks";\n');
  const many = 'import {\n  Secret,\n  Json,\n} from "millrace/blocks";\n';
  assert.equal(inserted(many), 'import {\n  Secret,\n  Json,\n  GcsBucket,\n} from "millrace/blocks";\n');
  assert.equal(inserted('import {} from "millrace/blocks";\n'), 'import { GcsBucket} from "millrace/blocks";\n');
});

test("should import a class of a file by the way to it", () => {
  const file = path.resolve("/work/blocks/login.ts");
  assert.equal(specifierOf(file, path.resolve("/work/flows")), "../blocks/login.ts");
  assert.equal(specifierOf(file, path.resolve("/work")), "./blocks/login.ts");
  assert.equal(specifierOf("acme-blocks", "/work"), "acme-blocks");
});
