import assert from "node:assert/strict";
import { test } from "node:test";
import { type DeployDraft, draftOf } from "../../../../runtime/protocol/deploy-page.ts";
import { draftFrom, emptyDraft, newSchedule, readDraft, settingsOf } from "../../../../webviews/deployment/draft.ts";
import { infrastructureSettings, infrastructureValues } from "../../../../webviews/deployment/infrastructure.ts";
import { toldDeployment, toldSchedule } from "../../../support/deployments-told.ts";

const settings = (draft: ReturnType<typeof emptyDraft>, base: DeployDraft | null = null) =>
  settingsOf(draft, {}, {}, base);

test("should leave out of a new deployment all that is as usual", () => {
  const draft = { ...emptyDraft("daily"), schedules: [newSchedule("cron", "Europe/Berlin")] };
  assert.deepEqual(settings(draft), {
    settings: { name: "daily", schedules: [{ schedule: { cron: "0 5 * * *", timezone: "Europe/Berlin" } }] },
    problems: [],
  });
});

test("should keep what a file has written down, also where it is as usual, and what is no field of the page", () => {
  const base: DeployDraft = {
    ...{ name: "daily", tags: [], paused: true, crash_retries: 0 },
    schedules: [{ schedule: { interval: 90, anchor_date: "2026-01-01T00:00:00Z", timezone: "UTC" }, active: true }],
  };
  assert.deepEqual(settings(draftFrom(base, true), base), { settings: base, problems: [] });
});

test("should say the same of a deployment as it was told, whatever that leaves to chance", () => {
  const deployment = toldDeployment({
    ...{ tags: ["nightly", "trips"], concurrency_limit: 2, keep_running: true, description: "All trips." },
    infrastructure: { type: "process", env: { REGION: "eu=west" }, memory_limit: 512 },
    schedules: [
      toldSchedule({ slug: "night", parameters: { month: 2 }, missed: "all", missed_limit: 3, overlap: "skip" }),
    ],
    code: {
      ...{ type: "git", repository: "https://example.org/r", reference: "main", commit: null, path: "etl.ts" },
      ...{ credentials: null, snapshot: null },
    },
  });
  const base = draftOf(deployment);
  const where = infrastructureSettings(infrastructureValues(base.infrastructure));
  assert.deepEqual(settingsOf(draftFrom(base, false), {}, where, base), { settings: base, problems: [] });
});

test("should name the place of what cannot be sent: an interval, a limit, parameters, a name, a repository", () => {
  const schedules = [
    { ...newSchedule("interval", "UTC"), every: "often" },
    { ...newSchedule("cron", "UTC"), parameters: "[1]" },
    { ...newSchedule("cron", "UTC"), missedLimit: "0" },
  ];
  const draft = { ...emptyDraft(" "), schedules, limit: "two", code: "git" as const };
  assert.deepEqual(
    settings(draft).problems.map(({ path }) => path),
    [
      "concurrency_limit",
      "schedules[0].schedule.interval",
      "schedules[1].parameters",
      "schedules[2].missed_limit",
      "code.git",
      "name",
    ],
  );
});

test("should take back what a page kept, and nothing that is none", () => {
  const draft = { ...emptyDraft("daily"), schedules: [newSchedule("interval", "UTC")] };
  const kept: unknown = JSON.parse(JSON.stringify(draft));
  assert.deepEqual(settings(readDraft(kept) ?? emptyDraft("")), settings(draft));
  for (const other of [undefined, null, {}, { ...draft, pool: 3 }]) assert.equal(readDraft(other), undefined);
});
