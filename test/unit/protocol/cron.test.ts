import assert from "node:assert/strict";
import { test } from "node:test";
import cronParser from "cron-parser";
import fc from "fast-check";
import { cronProblem, cronTimes } from "../../../runtime/protocol/cron.ts";
import { describeCron } from "../../../runtime/protocol/cron-words.ts";

function next(text: string, after: string, count: number, timezone = "UTC"): string[] {
  const times: string[] = [];
  for (const time of cronTimes(text, { after: new Date(after), timezone })) {
    times.push(time.toISOString().slice(0, 16));
    if (times.length === count) break;
  }
  return times;
}

test("should read five fields and the aliases", () => {
  const good = [
    "0 5 1 * *",
    "*/5 * * * *",
    " 0  0 * * 7 ",
    "0 5 * JAN-MAR mon-fri",
    "0 0 * * MON#2",
    "0 5 L * *",
    "0 0 ? * 5L",
    "@daily",
    "@Hourly",
  ];
  for (const text of good) assert.equal(cronProblem(text), undefined, text);
});

const bad: readonly [string, RegExp][] = [
  ["", /is empty; a cron text has five/],
  ["   ", /is empty/],
  ["* * * *", /has 4 fields/],
  ["0 0 5 1 * *", /has 6 fields/],
  ["61 * * * *", /^minute: "61" is not one of 0-59/],
  ["0 24 * * *", /^hour: "24"/],
  ["0 5 0 * *", /^day of month: "0"/],
  ["0 5 * 13 *", /^month: "13" is not one of 1-12 or jan/],
  ["0 5 * * 8", /^day of week: "8"/],
  ["0 5 * * moon", /^day of week: "moon"/],
  ["H * * * *", /^minute: "H"/],
  ["5-1 * * * *", /runs backwards/],
  ["*/0 * * * *", /a step of 0/],
  ["*/90 * * * *", /a step of 90 is not between 1 and 60/],
  ["1,,2 * * * *", /"" cannot be read/],
  ["0 5 31 2 *", /never comes/],
  ["0 0 * L *", /^month: "L" is not one of/],
  ["0 0 * * L", /^day of week: "L" is not one of/],
  ["0 0 * * 5#2,1", /^day of week: "5#2" stands alone/],
  ["0 0 ?,1 * *", /^day of month: "\?" cannot be read/],
  ["@reboot", /none of the aliases/],
];
for (const [text, problem] of bad) {
  test(`should refuse "${text}" and say what is wrong`, () => assert.match(cronProblem(text) ?? "", problem));
}

test("should refuse to give times for a text or a zone that is none", () => {
  assert.throws(() => next("* * *", "2026-01-01", 1), /TypeError: cron: .* has 3 fields/);
  assert.throws(() => next("* * * * *", "2026-01-01", 1, "Mars/Olympus"), /timezone: "Mars\/Olympus" is unknown/);
});

test("should give the times that come next in a zone", () => {
  assert.deepEqual(next("0 5 1 * *", "2026-01-15T00:00:00Z", 2), ["2026-02-01T05:00", "2026-03-01T05:00"]);
  assert.deepEqual(next("0 5 1 * *", "2026-01-15T00:00:00Z", 1, "Europe/Berlin"), ["2026-02-01T04:00"]);
  assert.deepEqual(next("0 12 13 * 5", "2026-11-01T00:00:00Z", 3), [
    "2026-11-06T12:00",
    "2026-11-13T12:00",
    "2026-11-20T12:00",
  ]);
});

test("should give the last day of a month and the last weekday of a kind, in either case", () => {
  for (const day of ["L", "l"]) {
    assert.deepEqual(next(`0 5 ${day} * *`, "2026-01-15T00:00:00Z", 2), ["2026-01-31T05:00", "2026-02-28T05:00"]);
  }
  for (const day of ["5L", "friL", "FRIl"]) {
    assert.deepEqual(next(`0 5 ? * ${day}`, "2026-01-15T00:00:00Z", 2), ["2026-01-30T05:00", "2026-02-27T05:00"]);
  }
  assert.deepEqual(next("0 5 15,L jan *", "2026-01-01T00:00:00Z", 2), ["2026-01-15T05:00", "2026-01-31T05:00"]);
});

test("should run a time that the clock leaves out once, at the first minute that exists", () => {
  // Berlin: 02:00 becomes 03:00 on 29 March 2026, at 01:00 UTC.
  assert.deepEqual(next("30 2 * * *", "2026-03-28T12:00:00Z", 2, "Europe/Berlin"), [
    "2026-03-29T01:00",
    "2026-03-30T00:30",
  ]);
  assert.deepEqual(next("0,30 2 * * *", "2026-03-28T12:00:00Z", 3, "Europe/Berlin"), [
    "2026-03-29T01:00",
    "2026-03-30T00:00",
    "2026-03-30T00:30",
  ]);
  assert.deepEqual(next("30 2 * * *", "2026-03-07T12:00:00Z", 1, "America/New_York"), ["2026-03-08T07:00"]);
});

test("should run a fixed time that comes twice once, and every half an hour in both passes", () => {
  // Berlin: 03:00 becomes 02:00 on 25 October 2026, at 01:00 UTC.
  assert.deepEqual(next("30 2 * * *", "2026-10-24T12:00:00Z", 2, "Europe/Berlin"), [
    "2026-10-25T00:30",
    "2026-10-26T01:30",
  ]);
  assert.deepEqual(next("*/30 * * * *", "2026-10-25T00:00:00Z", 4, "Europe/Berlin"), [
    "2026-10-25T00:30",
    "2026-10-25T01:00",
    "2026-10-25T01:30",
    "2026-10-25T02:00",
  ]);
});

test("should never go backwards, and only accept texts whose times it can give", () => {
  const field = fc.oneof(
    fc.constantFrom("*", "0", "5", "1-5", "*/7", "1,3", "mon", "L", "?", "H", "99", "", "2-1", "5#2", "5L", "l", "1,L"),
    fc.string({ maxLength: 4 }),
  );
  const calm = fc.constantFrom("*", "0", "5", "1-5", "*/7", "1,3", "?", "L");
  const parts = fc.oneof(
    fc.array(field, { minLength: 3, maxLength: 6 }),
    // Five fields of which most are good: texts that get past the check.
    fc.tuple(calm, calm, field, calm, field),
  );
  fc.assert(
    fc.property(parts, fc.integer({ min: 0, max: 2 ** 40 }), (parts, at) => {
      const text = parts.join(" ");
      if (cronProblem(text) !== undefined) return;
      const times = next(text, new Date(at).toISOString(), 3, "Europe/Berlin");
      assert.ok(
        times.every((time, index) => index === 0 || time > (times[index - 1] ?? "")),
        `${text}: ${times}`,
      );
    }),
    { numRuns: 500 },
  );
});

test("should say in words what a text means", () => {
  const said: readonly [string, string | undefined][] = [
    ["0 5 1 * *", "at 05:00 on day 1 of the month"],
    ["*/15 * * * *", "every 15 minutes"],
    ["0 * * * *", "every hour"],
    ["30 8,17 * * 1-5", "at 08:30 and 17:30 on Monday to Friday"],
    ["0 9 * jan mon", "at 09:00 on Monday in January"],
    ["@weekly", "at 00:00 on Sunday"],
    ["0 0 L * *", "at 00:00 on the last day of the month"],
    ["0 5 1 * mon", undefined],
    ["x", undefined],
  ];
  for (const [text, words] of said) assert.equal(describeCron(text), words, text);
});

test("should find by numbers what cron-parser finds, whatever stands in the fields", () => {
  const field = (least: number, most: number) =>
    fc.oneof(
      { weight: 3, arbitrary: fc.constant("*") },
      fc.integer({ min: least, max: most }).map(String),
      fc
        .tuple(fc.integer({ min: least, max: most }), fc.integer({ min: least, max: most }))
        .map(([one, other]) => `${Math.min(one, other)}-${Math.max(one, other)}`),
      fc.integer({ min: 1, max: 7 }).map((step) => `*/${step}`),
      fc
        .tuple(fc.integer({ min: least, max: most }), fc.integer({ min: 1, max: 7 }))
        .map(([from, step]) => `${from}/${step}`),
      fc.uniqueArray(fc.integer({ min: least, max: most }), { minLength: 2, maxLength: 4 }).map((all) => all.join(",")),
    );
  const text = fc
    .tuple(field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 6))
    .map((parts) => parts.join(" "));
  fc.assert(
    fc.property(
      text,
      fc.date({ min: new Date("2024-01-01"), max: new Date("2030-01-01"), noInvalidDate: true }),
      (cron, after) => {
        const parsed = cronParser.CronExpressionParser.parse(cron, { currentDate: after, tz: "UTC" });
        const times = cronTimes(cron, { after, timezone: "UTC" });
        for (let count = 0; count < 4; count++) {
          assert.equal(times.next().value.toISOString(), parsed.next().toDate().toISOString(), cron);
        }
      },
    ),
    { numRuns: 300 },
  );
});
