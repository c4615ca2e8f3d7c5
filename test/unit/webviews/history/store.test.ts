import assert from "node:assert/strict";
import { test } from "node:test";
import { signal } from "@preact/signals";
import type { FlowRun, FlowRunFilter, LiveEvent } from "../../../../runtime/protocol/api.ts";
import type { PageEvent, Surroundings } from "../../../../runtime/protocol/pages.ts";
import { flowChoices } from "../../../../webviews/history/flow-choices.ts";
import { createHistoryStore, type HistoryStoreOptions } from "../../../../webviews/history/history-store.ts";
import { moveInList } from "../../../../webviews/history/list-keys.ts";
import { run } from "./runs.ts";

const turn = (ms = 0) => new Promise((next) => setTimeout(next, ms));

/** Waits for what comes by itself; a test that never sees it fails by its own assertion. */
async function until(isThere: () => boolean): Promise<void> {
  for (let tries = 0; tries < 400 && !isThere(); tries++) await turn(10);
}

/** `missed` comes into being after the first reading, before live events are told. */
function served(runs: FlowRun[], missed?: FlowRun) {
  const asked: FlowRunFilter[] = [];
  const calls: string[] = [];
  let kept: unknown;
  let tell: (event: PageEvent) => void = () => undefined;
  const refused: { message: string | null } = { message: null };
  const surroundings = signal<Surroundings>({
    trusted: true,
    service: "connected",
    folders: ["/work"],
    profile: "",
    features: [],
  });
  const api = async (route: string, input: { body: FlowRunFilter & { filter?: FlowRunFilter } }) => {
    if (refused.message !== null) throw new Error(refused.message);
    if (route === "POST /api/flow_runs/history") return { buckets: [], total: runs.length, counts: {} };
    if (route === "POST /api/flows/summary") return { flows: [] };
    if (route === "POST /api/upcoming") return { upcoming: [] };
    if (route === "POST /api/flow_runs/grid") return { runs: [], tasks: [], cells: [] };
    asked.push(input.body);
    const { ids, cursor, limit = 100 } = input.body;
    const after = runs.filter((one) => (ids?.includes(one.id) ?? true) && (cursor === undefined || one.id < cursor));
    const items = after.slice(0, limit);
    return { items, next_cursor: after.length > limit ? (items.at(-1)?.id ?? null) : null };
  };
  const host = {
    identity: { page: "history", filter: {} },
    api,
    call: async (name: string) => {
      calls.push(name);
      if (name === "follow") await turn();
      if (name === "follow" && missed !== undefined) runs.unshift(missed);
      return { seq: 1 };
    },
    onEvent: (listener: (event: PageEvent) => void) => {
      tell = listener;
      return () => undefined;
    },
    state: {
      get: () => kept,
      set: (state: unknown) => {
        kept = state;
      },
    },
  } as unknown as HistoryStoreOptions["host"];
  const store = createHistoryStore({ host, surroundings });
  const live = (event: LiveEvent) => tell({ type: "live", event });
  /** Began, and has read what it reads at first. */
  const begun = async () => {
    const end = store.start();
    await until(() => asked.length > 1);
    await turn(20);
    return end;
  };
  return { store, asked, calls, live, refused, surroundings, begun, kept: () => kept };
}

const many = (count: number) =>
  Array.from({ length: count }, (_, index) => run(`r${String(count - index).padStart(4, "0")}`));
const ids = (runs: readonly FlowRun[]) => runs.map(({ id }) => id);

test("should read the newest runs of this workspace first, and further pages when they are wanted", async () => {
  const { store, asked, calls, begun } = served(many(250));
  const end = await begun();
  assert.deepEqual(asked[0], { under: ["/work"], limit: 100 });
  assert.deepEqual([store.list.value.runs.length, store.list.value.cursor], [100, "r0151"]);
  store.more();
  store.more();
  await until(() => store.list.value.runs.length > 100);
  assert.deepEqual([store.list.value.runs.length, asked.length], [200, 3], "one page for two askings at once");
  assert.deepEqual(calls, ["follow"]);
  end();
  assert.deepEqual(calls, ["follow", "unfollow"]);
});

test("should find the run that came between the first reading and the first live event", async () => {
  const { store, begun } = served(many(2), run("r0003"));
  const end = await begun();
  await until(() => store.list.value.runs.length > 2);
  assert.deepEqual(ids(store.list.value.runs), ["r0003", "r0002", "r0001"]);
  end();
});

test("should ask once for a text that is typed, and keep what was chosen", async () => {
  const { store, asked, kept, begun } = served(many(3));
  const end = await begun();
  asked.splice(0);
  for (const text of ["e", "et", "etl"]) store.choice.value = { ...store.choice.value, text };
  await until(() => asked.length > 0);
  await turn(50);
  assert.deepEqual(
    asked.map(({ text }) => text),
    ["etl"],
  );
  assert.match(JSON.stringify(kept()), /"text":"etl"/);
  end();
});

test("should let the service say whether a new run belongs in the list, and show it or let it wait", async () => {
  const runs = many(3);
  const { store, asked, live, begun } = served(runs);
  const end = await begun();
  asked.splice(0);
  const fresh = run("r0009", { state_type: "RUNNING" });
  runs.unshift(fresh);
  live({ seq: 2, type: "flow-run", flow_run: fresh });
  live({ seq: 3, type: "flow-run", flow_run: run("other") });
  await until(() => store.list.value.runs.length > 3);
  assert.deepEqual(asked.at(-1)?.ids, ["r0009", "other"]);
  assert.equal(asked.at(-1)?.include_subflows, false);
  assert.deepEqual(ids(store.list.value.runs), ["r0009", "r0003", "r0002", "r0001"]);

  live({ seq: 4, type: "flow-run", flow_run: run("r0009", { state_type: "FAILED" }) });
  await until(() => store.list.value.runs[0]?.state_type === "FAILED");
  assert.equal(asked.length, 1, "a run that is listed is not asked for");

  store.atTop = () => false;
  runs.unshift(run("r0010"));
  live({ seq: 5, type: "flow-run", flow_run: run("r0010") });
  await until(() => store.list.value.waiting.length > 0);
  assert.deepEqual(ids(store.list.value.waiting), ["r0010"]);
  store.showNew();
  assert.equal(store.list.value.runs[0]?.id, "r0010");
  live({ seq: 6, type: "removed", flow_run_id: "r0010" });
  assert.equal(store.list.value.runs[0]?.id, "r0009");
  end();
});

test("should say why runs could not be read, and read again when the service is back", async () => {
  const { store, refused, surroundings } = served(many(2));
  refused.message = "the orchestrator is not running";
  const end = store.start();
  await until(() => store.phase.value === "failed");
  assert.equal(store.problem.value, "the orchestrator is not running");
  surroundings.value = { ...surroundings.value, service: "waiting" };
  refused.message = null;
  surroundings.value = { ...surroundings.value, service: "connected" };
  await until(() => store.phase.value === "ready");
  assert.deepEqual([store.problem.value, store.list.value.runs.length], [null, 2]);
  end();
});

test("should read everything again when live events were lost", async () => {
  const runs = many(2);
  const { store, live, begun } = served(runs);
  const end = await begun();
  runs.unshift(run("r0005"));
  live({ seq: 9, type: "reset" });
  await until(() => store.list.value.runs.length > 2);
  assert.equal(store.list.value.runs[0]?.id, "r0005");
  end();
});

test("should name flows so that two of one name can be told apart, and keep the one that has no runs", () => {
  const flow = (file: string, name: string) => ({
    flow_file: file,
    flow_export: "main",
    flow_name: name,
    last_run: run("r"),
    run_count: 1,
  });
  const flows = [
    flow("/work/b/etl.ts", "etl"),
    flow("/work/a/etl.ts", "etl"),
    flow("/work/x.ts", "other"),
    flow("/else/y.ts", "far"),
  ];
  const labels = (chosen: Parameters<typeof flowChoices>[1], folders: readonly string[]) =>
    flowChoices(flows, chosen, folders).map(({ label }) => label);
  assert.deepEqual(labels(null, ["/work"]), ["All flows", "etl · a/etl.ts", "etl · b/etl.ts", "other"]);
  assert.equal(labels(null, []).length, 5);
  assert.deepEqual(labels({ file: "/work/new.ts", name: "new" }, ["/work"]).at(-1), "new");
});

test("should move through the list by keys and stay within it", () => {
  const list = { first: 5, count: 20, page: 8 };
  assert.deepEqual(
    ["ArrowDown", "ArrowUp", "PageDown", "PageUp", "Home", "End", "x"].map((key) => moveInList(key, -1, list)),
    [5, 5, 13, 0, 0, 19, undefined],
  );
  assert.deepEqual([moveInList("ArrowDown", 19, list), moveInList("ArrowUp", 0, list)], [19, 0]);
  assert.equal(moveInList("End", -1, { ...list, count: 0 }), undefined);
});
