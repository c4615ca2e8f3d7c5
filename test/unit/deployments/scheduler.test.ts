import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { dueTimes } from "../../../runtime/orchestrator/deployments/due.ts";
import { scheduleTimes } from "../../../runtime/protocol/schedules.ts";
import { deployment, schedule, world } from "./world.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** What the clock on the wall shows, told by Intl alone. */
function wallClock(
  timezone: string,
): (time: number) => { minute: number; hour: number; day: number; weekday: number; shown: number } {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: timezone,
    hourCycle: "h23",
    ...({ year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" } as const),
  });
  return (time) => {
    const part = new Map(format.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
    const [year = 0, month = 1, date = 1] = [part.get("year"), part.get("month"), part.get("day")];
    const shown = Date.UTC(year, month - 1, date, part.get("hour"), part.get("minute"));
    return {
      minute: part.get("minute") ?? 0,
      hour: part.get("hour") ?? 0,
      day: date,
      weekday: new Date(shown).getUTCDay(),
      shown,
    };
  };
}

type Shown = ReturnType<typeof wallClock>;

/** Every minute is asked for by every schedule. */
function remembered(clock: Shown): Shown {
  const known = new Map<number, ReturnType<Shown>>();
  return (time) => {
    const found = known.get(time) ?? clock(time);
    known.set(time, found);
    return found;
  };
}

interface Wanted {
  readonly cron: string;
  readonly isTime: (at: { minute: number; hour: number; day: number; weekday: number }) => boolean;
  /** Fires in both passes of an hour that comes twice. */
  readonly repeats: boolean;
}

const wanted: readonly Wanted[] = [
  { cron: "30 2 * * *", isTime: (at) => at.hour === 2 && at.minute === 30, repeats: false },
  { cron: "30 1 * * *", isTime: (at) => at.hour === 1 && at.minute === 30, repeats: false },
  { cron: "15 0 1 * *", isTime: (at) => at.day === 1 && at.hour === 0 && at.minute === 15, repeats: false },
  {
    cron: "0 5 * * 1-5",
    isTime: (at) => at.weekday >= 1 && at.weekday <= 5 && at.hour === 5 && at.minute === 0,
    repeats: false,
  },
  { cron: "*/30 * * * *", isTime: (at) => at.minute % 30 === 0, repeats: true },
  { cron: "0 * * * *", isTime: (at) => at.minute === 0, repeats: true },
];

/**
 * By walking all minutes: each at which the wall shows a wanted time; of the times that the wall leaves out, the first
 * minute behind them; of those that come twice, the first, unless it is every so many minutes.
 */
function oracle({ isTime, repeats }: Wanted, clock: Shown, from: number, until: number): number[] {
  const times: number[] = [];
  const seen = new Set<number>();
  let before = clock(from).shown;
  for (let time = from + minute; time <= until; time += minute) {
    const at = clock(time);
    let fires = isTime(at) && (repeats || !seen.has(at.shown));
    // The clock was put forward: what lay in between is due now.
    for (let left = before + minute; left < at.shown; left += minute) {
      const gap = new Date(left);
      const place = {
        minute: gap.getUTCMinutes(),
        hour: gap.getUTCHours(),
        day: gap.getUTCDate(),
        weekday: gap.getUTCDay(),
      };
      fires ||= isTime(place) && !repeats;
    }
    if (fires) times.push(time);
    seen.add(at.shown);
    before = at.shown;
  }
  return times;
}

for (const timezone of ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]) {
  test(`should fire in ${timezone} through both changes of the clock exactly when a walk over all minutes says so`, async () => {
    for (const [from, until] of [
      ["2026-02-20T00:00:00Z", "2026-04-20T00:00:00Z"],
      ["2026-09-20T00:00:00Z", "2026-11-20T00:00:00Z"],
    ] as const) {
      const [start, end] = [Date.parse(from), Date.parse(until)];
      const here = await world(start, hour);
      const schedules = wanted.map(({ cron }) => schedule({ cron, timezone }, { id: cron }));
      here.deploy(deployment("all", schedules));
      await here.pass(end - start);
      const clock = remembered(wallClock(timezone));
      for (const each of wanted) {
        const fired = here.fired.filter(({ schedule_id }) => schedule_id === each.cron).map(({ time }) => time);
        const iso = (times: readonly number[]) => times.map((time) => new Date(time).toISOString());
        assert.deepEqual(iso(fired), iso(oracle(each, clock, start, end)), `${each.cron} in ${timezone}`);
      }
    }
  });
}

test("should fire an interval by elapsed time, whatever the clocks of the zone do", async () => {
  const start = Date.parse("2026-03-28T00:30:00Z");
  const here = await world(start, hour);
  const every = { interval: 6 * 3600, anchor_date: "2026-01-01T02:00:00Z", timezone: "Europe/Berlin" };
  here.deploy(deployment("one", [schedule(every)]));
  await here.pass(2 * day);
  const hours = here.fired.map(({ time }) => new Date(time).toISOString().slice(8, 16));
  assert.deepEqual(hours, [
    "28T02:00",
    "28T08:00",
    "28T14:00",
    "28T20:00",
    "29T02:00",
    "29T08:00",
    "29T14:00",
    "29T20:00",
  ]);
});

const start = Date.parse("2026-05-01T00:00:30Z");
const minutely = schedule({ cron: "* * * * *", timezone: "UTC" }, { id: "m", missed: "all", missed_limit: 1000 });

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("pass" as const), by: fc.integer({ min: 1, max: 20 * minute }) }),
  },
  fc.record({ kind: fc.constant("sleep" as const), by: fc.integer({ min: 1, max: 2 * hour }) }),
  fc.record({ kind: fc.constant("restart" as const), by: fc.integer({ min: 0, max: hour }) }),
  fc.record({ kind: fc.constant("back" as const), by: fc.integer({ min: 1, max: hour }) }),
  fc.record({ kind: fc.constant("forward" as const), by: fc.integer({ min: 1, max: hour }) }),
);

test("should lose no time and double none, whatever sleeps, restarts and hands on the clock do to it", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const here = await world(start);
      here.deploy(deployment("d", [minutely]));
      let latest = start;
      for (const { kind, by } of steps) {
        if (kind === "pass") await here.pass(by);
        else if (kind === "sleep") here.sleep(by);
        else if (kind === "restart") await here.restart(by);
        else here.setClock(kind === "back" ? -by : by);
        // What the clock shows for a moment only, nobody can notice.
        await here.pass(11_000);
        latest = Math.max(latest, here.now());
      }
      // A while later it has noticed what the clock shows, and the clock has come again to what it was put back from.
      await here.pass(Math.max(minute, latest - here.now()));
      latest = Math.max(latest, here.now());
      const times = here.fired.map(({ time }) => time).sort((left, right) => left - right);
      assert.equal(new Set(times).size, times.length, "none twice");
      const expected = [...until(scheduleTimes(minutely, start), latest)];
      // A clock that was put back shows times again that were there before the schedule.
      const own = times.filter((time) => time > start && time <= latest);
      assert.deepEqual(own, expected, "each once");
    }),
    { numRuns: 60 },
  );
});

function* until(times: Iterable<number>, end: number): Generator<number> {
  for (const time of times) {
    if (time > end) return;
    yield time;
  }
}

test("should make up for missed times as the policy says, and never for those before the schedule was there", () => {
  const question = { handled: start, watchedSince: start + 10 * minute, now: start + 10 * minute };
  const minutes = (policy: "skip" | "latest" | "all", missed_limit = 100, more = {}) => {
    const { fire, handled } = dueTimes({ ...minutely, missed: policy, missed_limit }, { ...question, ...more });
    return [fire.map((time) => (time - start + minute / 2) / minute), (handled - start + minute / 2) / minute];
  };
  assert.deepEqual(minutes("latest"), [[10], 10]);
  assert.deepEqual(minutes("skip"), [[], 10]);
  assert.deepEqual(minutes("all", 3), [[8, 9, 10], 10]);
  // Eleven seconds late is not missed.
  const soon = { watchedSince: start + 9.7 * minute, now: start + 9.7 * minute };
  assert.deepEqual(minutes("skip", 100, soon), [[10], 10]);
  // What somebody was there for fires, however late it is noticed.
  assert.deepEqual(minutes("skip", 100, { watchedSince: start + 7 * minute }), [[8, 9, 10], 10]);
  assert.deepEqual(minutes("latest", 100, { watchedSince: start + 7 * minute }), [[8, 9, 10], 10]);
});

test("should look for the latest missed time of years without walking over all of them", () => {
  const since = Date.parse("2016-01-01T00:00:00Z");
  const began = performance.now();
  const { fire } = dueTimes({ ...minutely, missed: "latest" }, { handled: since, watchedSince: start, now: start });
  assert.deepEqual(fire, [start - minute / 2]);
  assert.ok(performance.now() - began < 5000);
});

test("should respect the ends of a schedule", async () => {
  const here = await world(start);
  const ends = { start_date: "2026-05-01T00:05:00Z", end_date: "2026-05-01T00:07:00Z" };
  here.deploy(deployment("d", [schedule({ cron: "* * * * *", timezone: "UTC" }, ends)]));
  await here.pass(hour);
  assert.deepEqual(
    here.fired.map(({ time }) => new Date(time).toISOString().slice(14, 16)),
    ["05", "06", "07"],
  );
});

test("should not fire what is paused, switched off or removed, and look only now and then", async () => {
  const here = await world(start);
  const paused = { ...deployment("p", [schedule({ cron: "* * * * *", timezone: "UTC" }, { id: "p" })]), paused: true };
  here.deploy(paused);
  here.deploy(deployment("o", [schedule({ cron: "* * * * *", timezone: "UTC" }, { id: "o", active: false })]));
  await here.pass(hour);
  assert.deepEqual(here.fired, []);
  assert.ok(here.looks() < 400, `${here.looks()} looks in an hour`);
});
