import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { signal } from "@preact/signals";
import type { PageEvent, PanelTarget, Surroundings } from "../../../../runtime/protocol/pages.ts";
import { type Host, HostProblem } from "../../../../webviews/kit/host.ts";
import { createPanelState } from "../../../../webviews/panel/panel-state.ts";

const nowhere = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };

function targetOf(name: string, more: Partial<PanelTarget> = {}): PanelTarget {
  const parameter = { name: "year", type: "integer", required: false, default: "2021" };
  return {
    target: { uri: "file:///w/a.ts", export: name, name },
    file: "/w/a.ts",
    flow: {
      name,
      export: name,
      variable: name,
      range: nowhere,
      selection: nowhere,
      body: null,
      parameters: [parameter],
      parameters_complete: true,
      description: null,
      tags: [],
    },
    siblings: [],
    last_run_id: null,
    ...more,
  };
}

/** A host that answers at once; `fails` makes calls of a name fail. */
function makeHost(fails: Readonly<Record<string, HostProblem>> = {}) {
  const asked: string[] = [];
  const inputs = new Map<string, unknown>();
  const listeners = new Set<(event: PageEvent) => void>();
  let state: unknown;
  const described = { name: "a", file: "/w/a.ts", required: [], tags: [] };
  const schema = { type: "object", properties: { year: { type: "integer", default: 2021 } } };
  const answers: Readonly<Record<string, unknown>> = {
    "POST /api/describe": {
      flows: ["a", "b"].map((name) => ({ ...described, name, export: name, parameters: schema })),
    },
    "POST /api/validate": { valid: true, fields: [] },
    "POST /api/flow_runs/filter": { items: [] },
    startRun: { run_id: "run-1" },
    follow: { seq: 1 },
  };
  const ask = async (name: string, input: unknown): Promise<never> => {
    asked.push(name);
    inputs.set(name, input);
    const problem = fails[name];
    if (problem !== undefined) throw problem;
    if (!(name in answers)) throw new HostProblem({ code: "not-found", message: `no ${name}` });
    return answers[name] as never;
  };
  const host: Host = {
    identity: { page: "panel" },
    known: null,
    api: ask,
    call: ask,
    onEvent(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    setTitle: () => {},
    state: {
      get: () => state,
      set: (next) => {
        state = next;
      },
    },
  };
  const tell = (target: PanelTarget | null) => {
    for (const listener of [...listeners]) listener({ type: "panel", target, workspace_flows: 2 });
  };
  return { host, asked, inputs, tell, listeners };
}

const surroundings = (trusted: boolean) =>
  signal<Surroundings>({ trusted, service: "connected", folders: ["/w"], profile: "", features: [] });
const settled = () => new Promise((done) => setTimeout(done, 0));

describe("Flow view", () => {
  beforeEach(() => {
    globalThis.requestAnimationFrame ??= (draw) => {
      draw(0);
      return 0;
    };
  });

  it("should draw the form from the source at once and describe the flow then", async () => {
    const { host, asked, tell } = makeHost();
    const state = createPanelState(host, surroundings(true));
    tell(targetOf("a"));
    assert.deepEqual(
      state.form.value?.fields.value?.map(({ name, kind }) => [name, kind]),
      [["year", "number"]],
    );
    assert.equal(state.form.value?.state.value, "describing");
    await settled();
    assert.equal(state.form.value?.state.value, "ready");
    assert.ok(asked.includes("POST /api/describe"));
  });

  it("should load nothing of a folder that is not trusted, and begin when it is", async () => {
    const { host, asked, tell } = makeHost();
    const around = surroundings(false);
    createPanelState(host, around);
    tell(targetOf("a"));
    await settled();
    assert.equal(asked.length, 0);
    around.value = { ...around.value, trusted: true };
    await settled();
    assert.ok(asked.includes("POST /api/describe"));
  });

  it("should load nothing of a flow whose source says that it has no parameters", async () => {
    const { host, asked, tell } = makeHost();
    createPanelState(host, surroundings(true));
    const target = targetOf("a");
    tell({ ...target, flow: { ...target.flow, parameters: [] } });
    await settled();
    assert.ok(!asked.includes("POST /api/describe"));
  });

  it("should keep what was typed for a flow while another one is looked at", async () => {
    const { host, tell } = makeHost();
    const state = createPanelState(host, surroundings(true));
    tell(targetOf("a"));
    await settled();
    state.form.value?.set(["year"], 1999);
    tell(targetOf("b"));
    assert.deepEqual(state.form.value?.values.value, {});
    tell(targetOf("a"));
    assert.deepEqual(state.form.value?.values.value, { year: 1999 });
    assert.deepEqual(host.state.get(), { forms: { "file:///w/a.ts#a": { year: 1999 } } });
  });

  it("should start the flow with what was given, and follow its run", async () => {
    const { host, inputs, tell } = makeHost();
    const state = createPanelState(host, surroundings(true));
    tell(targetOf("a"));
    await settled();
    state.form.value?.set(["year"], 1999);
    assert.equal(await state.start(false), true);
    const { parameters, target } = Object(inputs.get("startRun"));
    assert.deepEqual([parameters, target.export], [{ year: 1999 }, "a"]);
    assert.equal(state.run.value?.store.runId, "run-1");
    assert.deepEqual(inputs.get("follow"), { flow_run_id: "run-1" });
  });

  it("should not start with half a number, and say that it did not", async () => {
    const { host, asked, tell } = makeHost();
    const state = createPanelState(host, surroundings(true));
    tell(targetOf("a"));
    await settled();
    state.form.value?.setDraft("year", "This is no number.");
    assert.equal(await state.start(false), false);
    assert.ok(!asked.includes("startRun"));
    assert.equal(state.isStarting.value, false);
  });

  it("should show why a run could not start, but not that somebody changed their mind", async () => {
    for (const [code, shown] of [
      ["not-answering", "The service does not answer."],
      ["cancelled", null],
    ] as const) {
      const { host, tell } = makeHost({ startRun: new HostProblem({ code, message: "The service does not answer." }) });
      const state = createPanelState(host, surroundings(true));
      tell(targetOf("a"));
      await settled();
      await state.start(false);
      assert.equal(state.problem.value, shown);
    }
  });

  it("should let go of one run before it follows the next", async () => {
    const { host, asked, inputs, tell, listeners } = makeHost();
    const state = createPanelState(host, surroundings(true));
    tell(targetOf("a", { last_run_id: "one" }));
    await settled();
    const before = listeners.size;
    tell(targetOf("b", { last_run_id: "two" }));
    await settled();
    assert.deepEqual(inputs.get("unfollow"), { flow_run_id: "one" });
    assert.equal(state.run.value?.store.runId, "two");
    assert.equal(listeners.size, before);
    tell(null);
    assert.equal(state.run.value, null);
    assert.equal(asked.filter((name) => name === "follow").length, 2);
  });
});
