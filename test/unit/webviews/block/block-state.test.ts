import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { hiddenSecret } from "../../../../runtime/protocol/blocks.ts";
import type { HostCallName, KnownBlocks, PageEvent, PageIdentity } from "../../../../runtime/protocol/pages.ts";
import { createBlockState } from "../../../../webviews/block/block-state.ts";
import { type Host, HostProblem } from "../../../../webviews/kit/host.ts";
import { blockDocument, blockType, bucketFields, loginFields } from "../../../support/blocks-told.ts";

const types = [
  blockType("gcs-bucket", { name: "GCS Bucket", fields: bucketFields }),
  blockType("login", { fields: loginFields }),
];
const zoom = blockDocument("gcs-bucket", "zoom-gcs", { data: { bucket: "zoom", key: hiddenSecret }, version: 3 });

type BlockIdentity = Extract<PageIdentity, { readonly page: "block" }>;

function known(document: KnownBlocks["document"], names: KnownBlocks["names"] = []): KnownBlocks {
  return { types, names, document, problem: null };
}

const saved: Partial<BlockIdentity> = { slug: "gcs-bucket", name: "zoom-gcs" };

function open(identity: Partial<BlockIdentity>, blocks: KnownBlocks | null) {
  const calls: { name: HostCallName; input: unknown }[] = [];
  const titles: string[] = [];
  const answers: Partial<Record<HostCallName, (input: never) => unknown>> = {
    blockUsers: () => ({ blocks: [], places: [], others: [] }),
  };
  const work: (() => void)[] = [];
  let listener: (event: PageEvent) => void = () => {};
  const host = {
    identity: { page: "block", slug: null, name: null, suggested: null, copy_of: null, ...identity },
    known: blocks === null ? null : { blocks },
    call: async (name: HostCallName, input: never) => {
      calls.push({ name, input });
      return answers[name]?.(input) ?? null;
    },
    onEvent(given: typeof listener) {
      listener = given;
      return () => {};
    },
    setTitle: (title: string) => void titles.push(title),
  } as unknown as Host;
  const state = createBlockState({ host, now: () => 1000, later: (each) => void work.push(each) });
  const form = () => {
    const { value } = state.form;
    assert.ok(value);
    return value;
  };
  return {
    state,
    form,
    calls,
    titles,
    answers,
    tell: (event: PageEvent) => listener(event),
    /** What a pause of typing does. */
    pause: () => {
      for (const each of work.splice(0)) each();
    },
    asked: (name: HostCallName) => calls.filter((call) => call.name === name).map(({ input }) => input),
  };
}

const refused = (code: string, fields: { path: string; message: string }[] = []) => {
  throw new HostProblem({ code, message: `refused: ${code}`, fields });
};

describe("the page of a block", () => {
  it("should begin with types to choose from, and with fields where the type is given", () => {
    assert.equal(open({}, known(null)).state.phase.value, "gallery");
    assert.equal(open({}, null).state.phase.value, "loading");
    assert.equal(open({ slug: "gcs-bucket" }, known(null)).state.phase.value, "form");
    assert.equal(open({ slug: "unheard-of" }, known(null)).state.phase.value, "gallery");
    assert.equal(open(saved, known(zoom)).state.phase.value, "form");
    assert.equal(open(saved, known(null)).state.phase.value, "gone");
    assert.equal(open(saved, known({ ...zoom, type_known: false })).state.phase.value, "untyped");
    assert.equal(open({}, { ...known(null), types: [], problem: "down" }).state.phase.value, "loading");
  });

  it("should say what could not be read", () => {
    const { state, tell } = open({}, null);
    tell({ type: "blocks", blocks: { types: [], names: [], document: null, problem: "down" } });
    assert.equal(state.phase.value, "unread");
  });

  it("should send a saved secret as asterisks, and a typed one beside the values", async () => {
    const { state, form, asked, answers } = open(saved, known(zoom));
    answers.saveBlock = () => ({ ...zoom, version: 4 });
    form().form.set(["folder"], "raw");
    assert.equal(await state.save(), true);
    form().form.set(["key"], "hunter2");
    await state.save();
    assert.deepEqual(asked("saveBlock"), [
      {
        force: false,
        draft: {
          ...{ slug: "gcs-bucket", name: "zoom-gcs", version: 3, secrets: {} },
          data: { bucket: "zoom", key: hiddenSecret, folder: "raw" },
        },
      },
      {
        force: false,
        draft: {
          ...{ slug: "gcs-bucket", name: "zoom-gcs", version: 4, secrets: { key: "hunter2" } },
          data: { bucket: "zoom", key: { $entered: "key" } },
        },
      },
    ]);
    assert.equal(form().isDirty.value, false);
  });

  it("should not save without a name, without what is required, or under a name that is taken", async () => {
    const { state, form, asked } = open({ slug: "login" }, known(null, [{ slug: "login", name: "crm" }]));
    assert.equal(await state.save(), false);
    assert.equal(form().nameProblem.value, "A name is needed.");
    assert.deepEqual([...form().form.problems.value.byField.keys()], ["user", "password"]);
    form().name.value = "crm";
    assert.match(form().nameProblem.value ?? "", /is a block named "crm" of this type already/);
    form().name.value = "a/b";
    assert.match(form().nameProblem.value ?? "", /cannot be a block's name/);
    assert.deepEqual(asked("saveBlock"), []);
  });

  it("should need a required secret that was removed", async () => {
    const { state, form } = open(saved, known(zoom));
    form().form.set(["key"], null);
    assert.equal(await state.save(), false);
    assert.equal(form().form.problems.value.byField.get("key")?.[0]?.message, "A value is needed.");
    form().form.set(["key"], { $env: "" });
    await state.save();
    assert.match(form().form.problems.value.byField.get("key")?.[0]?.message ?? "", /Name the environment variable/);
  });

  it("should tell under its field what the service refuses, until it is changed", async () => {
    const { state, form, answers } = open(saved, known(zoom));
    answers.saveBlock = () => refused("bad-parameters", [{ path: "bucket", message: "too short" }]);
    form().form.set(["bucket"], "z");
    assert.equal(await state.save(), false);
    assert.equal(form().form.problems.value.byField.get("bucket")?.[0]?.message, "too short");
    form().form.set(["bucket"], "zoom-2");
    answers.saveBlock = () => zoom;
    assert.equal(await state.save(), true);
  });

  it("should follow what is saved elsewhere, but keep what is typed and say so", async () => {
    const { state, form, tell, answers, asked } = open(saved, known(zoom));
    tell({ type: "blocks", blocks: known({ ...zoom, data: { bucket: "other", key: hiddenSecret }, version: 4 }) });
    assert.equal(form().form.values.value["bucket"], "other");
    assert.equal(state.isBehind.value, false);
    form().form.set(["bucket"], "mine");
    tell({ type: "blocks", blocks: known({ ...zoom, version: 5 }) });
    assert.equal(form().form.values.value["bucket"], "mine");
    assert.equal(state.isBehind.value, true);
    answers.saveBlock = () => refused("conflict");
    await state.save();
    assert.deepEqual([state.isBehind.value, state.problem.value], [true, null]);
    answers.saveBlock = () => ({ ...zoom, version: 6 });
    await state.save({ force: true });
    assert.equal((asked("saveBlock").at(-1) as { force: boolean }).force, true);
    assert.equal(state.isBehind.value, false);
  });

  it("should take what is saved when one gives up one's own", () => {
    const { state, form, tell } = open(saved, known(zoom));
    form().form.set(["bucket"], "mine");
    tell({ type: "blocks", blocks: known({ ...zoom, version: 5 }) });
    state.discard();
    assert.deepEqual([form().form.values.value["bucket"], form().version, state.isBehind.value], ["zoom", 5, false]);
  });

  it("should have the host keep what is typed, and let it go when it is as saved again", () => {
    const { form, asked, pause, titles } = open(saved, known(zoom));
    pause();
    assert.deepEqual(asked("keepDraft"), []);
    form().form.set(["key"], "hunter2");
    pause();
    const [kept] = asked("keepDraft") as { draft: { secrets: unknown; data: unknown } }[];
    assert.deepEqual(kept?.draft.secrets, { key: "hunter2" });
    assert.doesNotMatch(JSON.stringify(kept?.draft.data), /hunter2/);
    assert.equal(titles.at(-1), "● zoom-gcs");
    form().form.set(["key"], hiddenSecret);
    pause();
    assert.deepEqual(asked("keepDraft").at(-1), { draft: null });
    assert.equal(titles.at(-1), "zoom-gcs");
  });

  it("should go on with what was typed before it was covered; secrets that are gone are what is saved", () => {
    const draft = {
      ...{ slug: "gcs-bucket", name: "zoom-gcs", version: 3, secrets: {} },
      data: { bucket: "mine", key: { $entered: "key" } },
    };
    const covered = open(saved, known(zoom));
    covered.tell({ type: "draft", draft, forgotten: [] });
    assert.deepEqual(covered.form().form.values.value, draft.data);
    assert.equal(covered.form().isDirty.value, true);
    const reloaded = open(saved, known(zoom));
    reloaded.tell({ type: "draft", draft, forgotten: ["key"] });
    assert.deepEqual(reloaded.form().form.values.value, { bucket: "mine", key: hiddenSecret });
    assert.deepEqual(reloaded.state.forgotten.value, ["key"]);
    const fresh = open({}, known(null));
    fresh.tell({ type: "draft", draft: { ...draft, version: null, name: "n" }, forgotten: ["key"] });
    assert.equal(fresh.form().name.value, "n");
    assert.deepEqual(fresh.form().form.values.value, { bucket: "mine" });
  });

  it("should test what is typed, also without a name, and say when it is of earlier values", async () => {
    const { state, form, answers, asked } = open({ slug: "login" }, known(null));
    const test = { ok: true, steps: [{ name: "sign in", state: "ok", message: null, duration_ms: 3 }] };
    answers.testBlock = () => test;
    assert.equal(await state.test(), false);
    form().form.set(["user"], "ada");
    form().form.set(["password"], "hunter2");
    assert.equal(await state.test(), true);
    assert.deepEqual(state.testing.value, { state: "done", at: 1000, test });
    assert.equal((asked("testBlock")[0] as { draft: { name: string } }).draft.name, "");
    assert.equal(state.isTestOld.value, false);
    form().form.set(["user"], "grace");
    assert.equal(state.isTestOld.value, true);
  });

  it("should show nothing of a test that was cancelled, and why there was none", async () => {
    const { state, answers, asked } = open(saved, known(zoom));
    answers.testBlock = () => refused("cancelled");
    await state.test();
    assert.equal(state.testing.value, null);
    state.cancelTest();
    assert.equal(asked("cancelTest").length, 1);
    answers.testBlock = () => refused("not-answering");
    await state.test();
    assert.deepEqual(state.testing.value, { state: "refused", message: "refused: not-answering" });
  });

  it("should test at once when the tree asks for it, as soon as the block is known", async () => {
    const { tell, asked } = open(saved, null);
    tell({ type: "test" });
    tell({ type: "blocks", blocks: known(zoom) });
    await turn();
    assert.equal(asked("testBlock").length, 1);
  });

  it("should move renamed fields and drop those that are gone when the fields of a type have changed", async () => {
    const drift = {
      added: [{ field: "folder", required: false }],
      removed: [
        { field: "bucketName", renamed_to: "bucket" },
        { field: "region", renamed_to: null },
      ],
      refused: [],
    };
    const data = { bucketName: "zoom", region: "eu", key: hiddenSecret };
    const { state, form, asked, answers } = open(saved, known({ ...zoom, data, drift }));
    assert.deepEqual(form().form.values.value, { bucket: "zoom", key: hiddenSecret });
    assert.equal(form().isDirty.value, false);
    answers.saveBlock = () => zoom;
    await state.save();
    assert.deepEqual((asked("saveBlock")[0] as { draft: { data: unknown } }).draft.data, {
      bucket: "zoom",
      key: hiddenSecret,
    });
  });

  it("should want a secret again that was saved with another key", async () => {
    const { state, form } = open(saved, known({ ...zoom, unreadable_secrets: ["key"] }));
    assert.deepEqual([form().form.values.value, form().isSaved("key")], [{ bucket: "zoom" }, false]);
    form().form.set(["folder"], "raw");
    assert.equal(await state.save(), false);
    assert.deepEqual([...form().form.problems.value.byField.keys()], ["key"]);
  });

  it("should begin a copy with all that the block has, as a new one", () => {
    const { form } = open({ slug: "gcs-bucket", suggested: "zoom-2", copy_of: "zoom-gcs" }, known(zoom));
    assert.deepEqual([form().name.value, form().version], ["zoom-2", null]);
    assert.deepEqual(form().form.values.value, { bucket: "zoom", key: hiddenSecret });
    assert.equal(form().isSaved("key"), true);
  });
});
