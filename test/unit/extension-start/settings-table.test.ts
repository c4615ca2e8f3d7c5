import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { settingsTable, withTable } from "../../../scripts/settings-table.mjs";
import { projectRoot } from "../../support/places.ts";

test("should write a row for each setting, in their order, with what its values mean", () => {
  const table = settingsTable({
    properties: {
      "millrace.b": { order: 2, default: "", markdownDescription: "Second | last." },
      "millrace.a": {
        order: 1,
        default: "x",
        description: "First.",
        enum: ["x"],
        enumDescriptions: ["The x."],
        scope: "machine",
      },
    },
  });
  assert.deepEqual(table.split("\n").slice(2), [
    "| `millrace.a` | `x` | First. `x`: The x. For this machine, not for a workspace. |",
    "| `millrace.b` | empty | Second \\| last. |",
  ]);
});

test("should find the README's place for it, and say when there is none", () => {
  const readme = readFileSync(path.join(projectRoot, "README.md"), "utf8");
  assert.ok(withTable(readme, "NEW").includes("-->\nNEW\n<!-- /settings -->"));
  assert.throws(() => withTable("# Nothing", ""), /has no place for the settings/);
});
