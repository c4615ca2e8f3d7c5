import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { changedTasks } from "../../../runtime/journal/changed-tasks.ts";
import { definitionText } from "../../../runtime/journal/definition-text.ts";
import { sha256 } from "../../../runtime/protocol/sha256.ts";
import { simulatedDisk } from "../../support/simulated-disk.ts";

const source = `import { task, flow } from "millrace";
import * as m from "millrace";
// const fetchTrips = task({ no: 1 })
export const fetchTrips = task({
  name: "fetch",   // what it is called
  retries: 3,
  async run(url: string) {
    const text = \`a \${url.replace(/[)}\`]/g, "}")} (\`;
    /* } ) */
    return text + ") }" + '\\'' + (url.length / 2);
  },
});
const plain = task<[string], number>({ async run(row) { return 1 / 2 / 3; } });
const load: Task = m.task({ run: async (rows: { name: "inner" }[]) => rows.map(({ name }) => ({ name: "other" })) });
task({ run: function nameless() { return \`open \${ \`nested \${1}\` }\`; } });
export const etl = flow({ name: "etl", async run() { await fetchTrips("x"); } });
`;

test("should find the definition of a task by its name, its constant or its function", () => {
  assert.match(definitionText(source, "fetch") ?? "", /^\( \{ name : "fetch" , retries : 3 .* \}\s*,?\s*\} \)$/s);
  assert.match(definitionText(source, "plain") ?? "", /return 1 \/ 2 \/ 3/);
  assert.match(definitionText(source, "load") ?? "", /rows \. map/);
  assert.match(definitionText(source, "nameless") ?? "", /nested/);
  assert.match(definitionText(source, "etl") ?? "", /fetchTrips \( "x" \)/);
  for (const key of ["fetchTrips", "inner", "other", "none"]) assert.equal(definitionText(source, key), undefined);
});

test("should give the same text for what was only formatted or commented, another for what was changed", () => {
  const before = definitionText(source, "fetch");
  const formatted = source
    .replaceAll("  ", "\t\t")
    .replace("retries: 3,", "// three\n retries:3,")
    .replaceAll("\n", "\r\n");
  assert.equal(definitionText(`\n\n${formatted}`, "fetch"), before);
  for (const [from, to] of [
    ["retries: 3", "retries: 4"],
    ['") }"', '")}"'],
    ["a ${", "b ${"],
    ["/ 2)", "/ 3)"],
  ] as const) {
    assert.notEqual(definitionText(source.replace(from, to), "fetch"), before);
  }
  assert.equal(definitionText(source.replace("1 / 2 / 3", "2"), "fetch"), before);
});

test("should come to an end on any text", () => {
  const pieces = fc.constantFrom(
    "task(",
    "{",
    "}",
    "(",
    ")",
    '"',
    "`",
    "${",
    "/",
    "\\",
    "//",
    "/*",
    "*/",
    "\n",
    "name: ",
    "x",
    "'",
    "[",
    "]",
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 60 }), (parts) => {
      definitionText(parts.join(""), "x");
    }),
    { numRuns: 1000 },
  );
});

test("should say which tasks' code has changed since their results, and nothing where no source was kept", () => {
  const disk = simulatedDisk();
  disk.makeFolder("/run/sources");
  const keep = (text: string): string => {
    const name = sha256(text, "hex");
    const file = disk.createExclusive(`/run/sources/${name}`);
    file.write(Buffer.from(text), 0);
    file.close();
    return name;
  };
  const helper =
    "export const clean = task({ async run() { return 1; } });\nexport const make = (name) => task({ name, run() {} });";
  const sources = new Map([
    [
      1,
      [
        { file: "/w/etl.ts", hash: keep(source) },
        { file: "/w/helper.ts", hash: keep(helper) },
      ],
    ],
  ]);
  const texts = new Map([
    ["/w/etl.ts", source.replace("retries: 3", "retries: 4")],
    ["/w/helper.ts", `// new\n${helper}`],
  ]);
  const changed = changedTasks(disk, "/run", (file) => texts.get(file));
  const ask = (task_key: string, segment = 1, file = "/w/etl.ts"): boolean | undefined => {
    const facts = { segment, record: { task_key, source: { file, line: 1, column: 1 } } };
    return changed(
      Object.assign({}, facts, { record: Object.assign({ kind: "task-run" } as never, facts.record) }),
      sources,
    );
  };
  assert.deepEqual([ask("fetch"), ask("plain"), ask("clean")], [true, false, false]);
  // A key made at run time: the file of the call decides.
  assert.deepEqual([ask("made", 1, "/w/helper.ts"), ask("made-too")], [true, true]);
  assert.deepEqual([ask("fetch", 2), ask("made", 1, "/elsewhere.ts")], [undefined, undefined]);
  texts.delete("/w/helper.ts");
  const gone = changedTasks(disk, "/run", (file) => texts.get(file));
  assert.equal(gone({ segment: 1, record: { task_key: "clean" } as never }, sources), true);
});
