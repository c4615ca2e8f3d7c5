import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FieldProblem } from "../../../../runtime/protocol/errors.ts";
import { createForm } from "../../../../webviews/form/form-state.ts";
import type { JsonSchema } from "../../../../webviews/form/schema.ts";
import type { Values } from "../../../../webviews/form/values.ts";

const schema: JsonSchema = {
  type: "object",
  properties: {
    name: { type: "string" },
    year: { type: "integer", default: 2021 },
    months: { type: "array", items: { type: "integer" }, default: [1] },
  },
  required: ["name"],
};

function make(answer: (values: Values) => Promise<readonly FieldProblem[]> = async () => []) {
  const asked: Values[] = [];
  const timers: { readonly work: () => void; readonly ms: number; off: boolean }[] = [];
  const form = createForm({
    schema,
    check: (values) => {
      asked.push(values);
      return answer(values);
    },
    later(work, ms) {
      const timer = { work, ms, off: false };
      timers.push(timer);
      return () => {
        timer.off = true;
      };
    },
  });
  /** Lets the time pass that the form waits for. */
  const rest = async () => {
    for (const timer of timers.splice(0)) if (!timer.off) timer.work();
    await new Promise((done) => setImmediate(done));
  };
  return { form, asked, rest };
}

describe("form", () => {
  it("should ask the flow once, when typing has paused, and with what would be sent", async () => {
    const { form, asked, rest } = make();
    form.set(["name"], "A");
    form.set(["name"], "Ada");
    form.set(["year"], 2021);
    assert.deepEqual(asked, []);
    await rest();
    assert.deepEqual(asked, [{ name: "Ada" }]);
  });

  it("should not refuse what was put right a moment before Run", async () => {
    const { form, asked, rest } = make(async ({ name }) =>
      name === "Ada" ? [] : [{ path: "name", message: "who is that?" }],
    );
    form.set(["name"], "Nobody");
    await rest();
    assert.equal(await form.submit(), null);
    form.set(["name"], "Ada");
    assert.deepEqual(await form.submit(), { name: "Ada" });
    assert.deepEqual(asked.at(-1), { name: "Ada" });
  });

  it("should tell what is wrong with a field when typing has paused, and all of it after Run", async () => {
    const { form, rest } = make(async () => [
      { path: "months[0]", message: "too big" },
      { path: "year", message: "nobody has touched it" },
    ]);
    form.set(["months"], [33]);
    assert.equal(form.problems.value.byField.size, 0);
    await rest();
    assert.deepEqual([...form.problems.value.byField.keys()], ["months"]);
    assert.equal(await form.submit(), null);
    assert.deepEqual([...form.problems.value.byField.keys()], ["name", "months", "year"]);
    assert.equal(form.firstBad.value, "name");
  });

  it("should tell that a field is empty once it was left", () => {
    const { form } = make();
    assert.equal(form.problems.value.byField.size, 0);
    form.touch("name");
    assert.deepEqual([...form.problems.value.byField.keys()], ["name"]);
  });

  it("should drop an answer that a newer question has made old", async () => {
    const answers: ((problems: readonly FieldProblem[]) => void)[] = [];
    const { form, rest } = make(() => new Promise((resolve) => answers.push(resolve)));
    form.touch("year");
    form.set(["year"], 1);
    await rest();
    form.set(["year"], 2);
    await rest();
    answers[1]?.([]);
    answers[0]?.([{ path: "year", message: "old" }]);
    await rest();
    assert.equal(form.problems.value.byField.size, 0);
    assert.equal(form.isChecking.value, false);
  });

  it("should run when nobody can be asked, and not wait for ever for an answer", async () => {
    const refused = make(() => Promise.reject(new Error("no service")));
    refused.form.set(["name"], "Ada");
    assert.deepEqual(await refused.form.submit(), { name: "Ada" });
    const silent = make(() => new Promise(() => {}));
    silent.form.set(["name"], "Ada");
    const sent = silent.form.submit();
    await silent.rest();
    assert.deepEqual(await sent, { name: "Ada" });
  });

  it("should stop Run at what the flow refuses", async () => {
    const { form } = make(async () => [{ path: "name", message: "taken" }]);
    form.set(["name"], "Ada");
    assert.equal(await form.submit(), null);
    assert.deepEqual(form.problems.value.byField.get("name"), [{ message: "taken", within: "" }]);
  });

  it("should keep keys without a field when it goes to JSON and back", async () => {
    const { form } = make();
    form.set(["name"], "Ada");
    form.showJson(true);
    assert.deepEqual(JSON.parse(form.json.value?.text ?? ""), { year: 2021, months: [1], name: "Ada" });
    form.setJson('{ "name": "Ada", "unknown": [1], "year": 7 }');
    form.showJson(false);
    assert.equal(form.json.value, null);
    assert.deepEqual(await form.submit(), { name: "Ada", unknown: [1], year: 7 });
  });

  it("should neither run nor leave JSON while the text is no object", async () => {
    const { form } = make();
    form.showJson(true);
    form.setJson("{ half");
    assert.match(form.json.value?.problem ?? "", /no JSON/);
    form.showJson(false);
    assert.notEqual(form.json.value, null);
    assert.equal(await form.submit(), null);
    form.setJson("[1]");
    assert.match(form.json.value?.problem ?? "", /object/);
  });

  it("should not run with half a number in a field", async () => {
    const { form } = make();
    form.set(["name"], "Ada");
    form.setDraft("year", "This is no number.");
    assert.equal(await form.submit(), null);
    form.setDraft("year", null);
    assert.deepEqual(await form.submit(), { name: "Ada" });
  });

  it("should go back to the default, one field or all of them", () => {
    const { form } = make();
    form.set(["year"], 5);
    form.set(["name"], "Ada");
    const year = form.fields.value?.find(({ name }) => name === "year");
    assert.ok(year);
    form.reset(["year"], year);
    assert.deepEqual(form.values.value, { name: "Ada" });
    form.fill({ months: [3] });
    assert.deepEqual(form.values.value, { months: [3] });
  });

  it("should keep what was typed when the schema changes under it", () => {
    const { form } = make();
    form.set(["name"], "Ada");
    form.setSchema({ type: "object", properties: { other: { type: "boolean" } }, required: ["other"] });
    assert.deepEqual(form.values.value, { other: false, name: "Ada" });
  });

  it("should be JSON alone without fields to draw, and with a default that is too long for fields", () => {
    const { form } = make();
    form.setSchema(null);
    assert.ok(form.jsonOnly.value && form.json.value !== null);
    const long = { type: "object", properties: { a: { type: "string", default: "x".repeat(70_000) } } };
    form.setSchema(long);
    assert.ok(form.jsonOnly.value);
    form.setSchema(schema);
    assert.ok(!form.jsonOnly.value);
  });
});
