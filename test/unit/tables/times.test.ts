import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatDate, formatTimestamp, parseTime, type SlashDates } from "../../../runtime/blocks/tables/times.ts";

function parse(text: string, slashDates?: SlashDates): string | undefined {
  const bytes = Buffer.from(`..${text}..`);
  const value = parseTime(bytes, 2, bytes.length - 2, slashDates);
  return Number.isNaN(value) ? undefined : new Date(value).toISOString();
}

const good: readonly [string, string, SlashDates?][] = [
  ["2021-01-31", "2021-01-31T00:00:00.000Z"],
  ["2021-01-31 23:59", "2021-01-31T23:59:00.000Z"],
  ["2020-02-29T23:59:58", "2020-02-29T23:59:58.000Z"],
  ["2021-01-31T23:59:58.1239Z", "2021-01-31T23:59:58.123Z"],
  ["2021-01-01T00:30:00+01:00", "2020-12-31T23:30:00.000Z"],
  ["2021-01-01T00:30:00-0230", "2021-01-01T03:00:00.000Z"],
  ["01/02/2021 0:30", "2021-02-01T00:30:00.000Z", "day-first"],
  ["1/2/2021 0:30:59", "2021-01-02T00:30:59.000Z", "month-first"],
  ["31/12/1969", "1969-12-31T00:00:00.000Z", "day-first"],
];
for (const [text, expected, slashDates] of good) {
  test(`should read ${text}`, () => assert.equal(parse(text, slashDates), expected));
}

const bad: readonly [string, SlashDates?][] = [
  ["2021-02-29"],
  ["2021-13-01"],
  ["2021-1-01 24:00"],
  ["2021-01-01 12:60"],
  ["2021-01-01 1"],
  ["2021-01-01 10:00 pm"],
  ["2021-01-01x"],
  ["21-01-01"],
  ["01/02/2021"],
  ["13/13/2021", "day-first"],
  ["01/31/2021", "day-first"],
  ["01/02/21", "day-first"],
  ["soon", "day-first"],
  [" ", "day-first"],
];
for (const [text, slashDates] of bad) {
  test(`should refuse ${JSON.stringify(text)}${slashDates ? ` (${slashDates})` : ""}`, () => {
    assert.equal(parse(text, slashDates), undefined);
  });
}

test("should write times that are read back as they were, and that sort as texts", () => {
  const times = fc.integer({ min: Date.UTC(1000, 0), max: Date.UTC(9999, 11, 31) });
  fc.assert(
    fc.property(times, times, (a, b) => {
      assert.equal(parse(formatTimestamp(a)), new Date(a).toISOString());
      assert.equal(parse(formatDate(a)), `${new Date(a).toISOString().slice(0, 10)}T00:00:00.000Z`);
      assert.equal(
        Math.sign(a - b),
        formatTimestamp(a) < formatTimestamp(b) ? -1 : formatTimestamp(a) > formatTimestamp(b) ? 1 : 0,
      );
    }),
  );
});
