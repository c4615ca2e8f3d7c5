import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { signal } from "@preact/signals";
import type { DraftPlan, KnownDeployment } from "../../../../runtime/protocol/deploy-page.ts";
import type { HostCallName, PageEvent, PageIdentity, Surroundings } from "../../../../runtime/protocol/pages.ts";
import { createDeployState } from "../../../../webviews/deployment/deploy-state.ts";
import { newSchedule } from "../../../../webviews/deployment/draft.ts";
import { type Host, HostProblem } from "../../../../webviews/kit/host.ts";
import { toldDeployment } from "../../../support/deployments-told.ts";

type Identity = Extract<PageIdentity, { readonly page: "deployment" }>;
const target = { uri: "file:///work/flows/etl.ts", export: "etl", name: "etl" };
const nothing: KnownDeployment = {
  ...{ target, deployment: null, declared: null, drift: [], pools: [], names: [], isKnown: true },
  file: { path: "/work/millrace.json", exists: true, problem: null },
};
const unchanged: DraftPlan = { plan: { kind: "unchanged", changes: [], problems: [] }, problem: null, file: null };

function open(known: KnownDeployment, identity: Partial<Identity> = {}, kept: unknown = undefined) {
  const calls: { name: HostCallName; input: unknown }[] = [];
  const answers: Partial<Record<HostCallName, (input: never) => unknown>> = {
    planDeployment: () => unchanged,
    saveDeployment: () => unchanged,
  };
  const work: (() => void)[] = [];
  let listener: (event: PageEvent) => void = () => {};
  let state = kept;
  const host = {
    identity: { page: "deployment", deployment_id: null, target, declared: null, ...identity },
    known: { deployment: known },
    api: async () => ({ flows: [], items: [], fields: [] }),
    call: async (name: HostCallName, input: never) => {
      calls.push({ name, input });
      return answers[name]?.(input) ?? null;
    },
    onEvent(given: typeof listener) {
      listener = given;
      return () => {};
    },
    setTitle: () => {},
    state: {
      get: () => state,
      set(next: unknown) {
        state = next;
      },
    },
  } as unknown as Host;
  const surroundings = signal<Surroundings>({
    ...{ trusted: true, service: "connected", folders: ["/work"], profile: "", features: ["deployments"] },
  });
  const page = createDeployState({ host, surroundings, later: (each) => void work.push(each) });
  return {
    page,
    calls,
    answers,
    surroundings,
    tell: (deployment: KnownDeployment) => listener({ type: "deployment", deployment }),
    pause: async () => {
      for (const each of work.splice(0)) each();
      await turn();
    },
    kept: () => state,
    of: (name: HostCallName) => calls.filter((call) => call.name === name).map(({ input }) => input),
  };
}

test("should begin a new deployment under a free name, declared where there is a file, and ask what deploying would do", async () => {
  const { page, pause, of } = open({ ...nothing, names: ["default"] });
  assert.equal(page.phase.value, "form");
  assert.equal(page.draft.value.name, "default-2");
  page.set({ schedules: [newSchedule("interval", "UTC")] });
  await pause();
  const schedule = { interval: 3600, anchor_date: "2020-01-01T00:00:00Z", timezone: "UTC" };
  assert.deepEqual(of("planDeployment").at(-1), {
    settings: { name: "default-2", schedules: [{ schedule }] },
    declare: true,
  });
  assert.equal(page.isDirty.value, true);
});

test("should begin with what the file says rather than with what is deployed", () => {
  const declared = { name: "daily", tags: ["declared"] };
  const { page } = open({ ...nothing, deployment: toldDeployment({ tags: ["deployed"] }), declared });
  assert.equal(page.draft.value.tags, "declared");
  assert.equal(page.draft.value.declare, true);
});

test("should follow what is deployed elsewhere until something is typed, and then say that the file has changed", () => {
  const declared = { name: "daily", tags: ["one"] };
  const { page, tell } = open({ ...nothing, declared });
  tell({ ...nothing, declared: { ...declared, tags: ["two"] } });
  assert.deepEqual([page.draft.value.tags, page.isBehind.value], ["two", false]);
  page.set({ tags: "mine" });
  tell({ ...nothing, declared: { ...declared, tags: ["three"] } });
  assert.deepEqual([page.draft.value.tags, page.isBehind.value], ["mine", true]);
  page.discard();
  assert.deepEqual([page.draft.value.tags, page.isBehind.value], ["three", false]);
});

test("should deploy with what the page began with, and tell what is refused where it stands", async () => {
  const declared = { name: "daily", tags: ["one"] };
  const { page, answers, of } = open({ ...nothing, declared });
  page.set({ tags: "two" });
  answers.saveDeployment = () => {
    throw new HostProblem({
      ...{ code: "bad-parameters", message: "no" },
      fields: [{ path: "schedules[0].schedule.cron", message: "minute 61 does not exist" }],
    });
  };
  assert.equal(await page.save(), false);
  assert.deepEqual(page.problems.value, [{ path: "schedules[0].schedule.cron", message: "minute 61 does not exist" }]);
  answers.saveDeployment = () => unchanged;
  assert.equal(await page.save(), true);
  assert.deepEqual(of("saveDeployment").at(-1), {
    ...{ settings: { name: "daily", tags: ["two"] }, declare: true, apply: true, force: false, base: declared },
  });
});

test("should send nothing that cannot be read, and ask nobody in a folder that is not trusted", async () => {
  const { page, pause, of, surroundings } = open(nothing);
  surroundings.value = { ...surroundings.value, trusted: false };
  await pause();
  page.set({ schedules: [{ ...newSchedule("interval", "UTC"), every: "often" }] });
  await pause();
  assert.equal(await page.save(), false);
  assert.deepEqual(of("saveDeployment"), []);
  assert.deepEqual(of("planDeployment"), []);
});

test("should have what was typed again after its script was gone", () => {
  const first = open(nothing);
  first.page.set({ name: "weekly", tags: "mine" });
  const again = open(nothing, {}, JSON.parse(JSON.stringify(first.kept())));
  assert.deepEqual([again.page.draft.value.name, again.page.draft.value.tags], ["weekly", "mine"]);
  assert.equal(again.page.isDirty.value, true);
});

test("should say that a deployment is gone only once it is known which there are", () => {
  const gone = { ...nothing, target: null };
  assert.equal(open({ ...gone, isKnown: false }, { deployment_id: "d1" }).page.phase.value, "loading");
  assert.equal(open(gone, { deployment_id: "d1" }).page.phase.value, "gone");
});

test("should give what is typed to the editor, and take it up again in the page of a tab that was closed", async () => {
  const known = { ...nothing, deployment: toldDeployment() };
  const first = open(known, { deployment_id: "d1" });
  await first.pause();
  assert.equal(
    first.calls.some(({ name }) => name === "keepDeployDraft"),
    false,
  );
  first.page.set({ crashRetries: "3" });
  await first.pause();
  const [typed] = first.calls.flatMap(({ name, input }) =>
    name === "keepDeployDraft" ? [input as { typed: object }] : [],
  );
  assert.ok(typed);
  const again = open({ ...known, typed: typed.typed }, { deployment_id: "d1" });
  assert.equal(again.page.draft.value.crashRetries, "3");
  assert.deepEqual([again.page.isDirty.value, again.page.isTakenUp.value], [true, true]);
  again.page.discard();
  await again.pause();
  assert.deepEqual(again.calls.findLast(({ name }) => name === "keepDeployDraft")?.input, { typed: null });
  assert.equal(again.page.isDirty.value, false);
});
