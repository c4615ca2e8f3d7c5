import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readDeclared } from "../../../runtime/protocol/declared.ts";
import { clockNotes, instantOf } from "../../../runtime/protocol/schedules.ts";
import { entryOf, removeDeclared, writeDeclared } from "../../../runtime/protocol/write-declared.ts";

const text = `{
\t// What runs by itself here.
\t"deployments": [
\t\t{
\t\t\t"flow": "flows/etl.ts:etl", // the parent
\t\t\t"name": "daily",
\t\t\t"parameters": { "color": "yellow" },
\t\t\t"schedules": [
\t\t\t\t{ "cron": "0 5 * * *", /* before breakfast */ "timezone": "Europe/Berlin" },
\t\t\t\t{ "interval": "90s", "missed": "skip" },
\t\t\t],
\t\t\t"work_pool": "gpu"
\t\t},
\t],
}
`;

test("should read what people write, with comments and trailing commas", () => {
  const { deployments, problems } = readDeclared(text);
  assert.deepEqual(problems, []);
  const [first] = deployments;
  assert.deepEqual([first?.file, first?.export], ["flows/etl.ts", "etl"]);
  assert.deepEqual(first?.settings, {
    name: "daily",
    parameters: { color: "yellow" },
    work_pool_name: "gpu",
    schedules: [
      { schedule: { cron: "0 5 * * *", timezone: "Europe/Berlin" } },
      { missed: "skip", schedule: { interval: 90, anchor_date: "2020-01-01T00:00:00Z", timezone: "UTC" } },
    ],
  });
});

test("should name line, column and field of what is wrong", () => {
  const places = (given: string) =>
    readDeclared(given).problems.map(({ line, column, path, message }) => `${line}:${column} ${path} ${message}`);
  const wrong = places(`{ "deployments": [
  { "flow": "etl.ts", "name": "", "tagz": [] },
  { "name": "x", "flow": "a.ts:f", "schedules": [{ "interval": "soon" }, { "cron": "@daily", "interval": "1h" }, {}] }
] }`);
  assert.deepEqual(wrong, [
    "2:31 deployments[0].name must be a text",
    '2:35 deployments[0].tagz is no field of it. Did you mean "tags"?',
    '2:13 deployments[0].flow must name file and export of the flow, as in "flows/etl.ts:etlParent"',
    '3:64 deployments[1].schedules[0].interval must be a duration such as "15m"',
    "3:74 deployments[1].schedules[1] must have either cron or interval",
    "3:114 deployments[1].schedules[2] must have either cron or interval",
  ]);
  assert.match(places('{ "deployments": ')[0] ?? "", /^1:\d+ {2}this is no valid JSON/);
  assert.match(places('{"deployments":[{"flow":"a.ts:f","name":"x"},{"flow":"a.ts:f","name":"x"}]}')[0] ?? "", /twice/);
});

test("should change what changes and leave everything else as it stands", () => {
  const changed = writeDeclared(text, { flow: "./flows/etl.ts:etl", name: "daily", tags: ["a"], work_pool: "cpu" });
  assert.equal(
    changed,
    text
      .replace('"flows/etl.ts:etl"', '"./flows/etl.ts:etl"')
      .replace('"work_pool": "gpu"', '"work_pool": "cpu",\n\t\t\t"tags": [\n\t\t\t\t"a"\n\t\t\t]'),
  );
  const other = writeDeclared(text, { flow: "flows/etl.ts:etl", name: "weekly" });
  assert.deepEqual(
    readDeclared(other).deployments.map(({ settings }) => settings.name),
    ["daily", "weekly"],
  );
  for (const comment of ["// What runs by itself here.", "// the parent", "/* before breakfast */"]) {
    assert.ok(other.includes(comment), comment);
    assert.ok(changed.includes(comment), comment);
  }
  assert.deepEqual(
    readDeclared(removeDeclared(other, { flow: "flows/etl.ts:etl", name: "daily" })).deployments.length,
    1,
  );
  assert.equal(writeDeclared(text, readDeclared(text).deployments[0]?.entry ?? {}), text, "nothing to change");
});

test("should make a file where there is none, and write what reads back as the same", () => {
  fc.assert(
    fc.property(
      fc.record({
        interval: fc.integer({ min: 1, max: 10_000_000 }),
        tags: fc.array(fc.string(), { maxLength: 3 }),
        limit: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
        crlf: fc.boolean(),
      }),
      ({ interval, tags, limit, crlf }) => {
        const settings = {
          name: "daily",
          tags,
          schedules: [{ schedule: { interval, anchor_date: "2020-01-01T00:00:00Z", timezone: "UTC" } }],
          ...(limit === undefined ? {} : { concurrency_limit: limit }),
        };
        const written = writeDeclared(crlf ? "{\r\n  // mine\r\n}\r\n" : undefined, entryOf("etl.ts:etl", settings), {
          whole: true,
        });
        const { deployments, problems } = readDeclared(written);
        assert.deepEqual(problems, []);
        assert.deepEqual(deployments[0]?.settings, settings);
        assert.equal(/[^\r]\n/.test(written), !crlf);
      },
    ),
  );
});

test("should take a date as a day of the zone, also where it is shorter or longer", () => {
  const iso = (given: string, zone: string, end?: boolean) => new Date(instantOf(given, zone, end) ?? 0).toISOString();
  assert.equal(iso("2026-03-29", "Europe/Berlin"), "2026-03-28T23:00:00.000Z");
  assert.equal(iso("2026-03-29", "Europe/Berlin", true), "2026-03-29T21:59:59.999Z");
  assert.equal(iso("2026-01-01T05:00:00Z", "Europe/Berlin", true), "2026-01-01T05:00:00.000Z");
  // That day, midnight did not come in Beirut.
  assert.equal(iso("2026-03-29", "Asia/Beirut"), "2026-03-28T22:00:00.000Z");
  assert.equal(instantOf("soon", "UTC"), undefined);
  const notes = clockNotes({ cron: "0 5 * * *", timezone: "Europe/Berlin" }, [
    Date.parse("2026-03-28T04:00:00Z"),
    Date.parse("2026-03-29T03:00:00Z"),
  ]);
  assert.deepEqual(notes, ["By 2026-03-29 the clocks in Europe/Berlin have gone forward by 60 minutes."]);
});
