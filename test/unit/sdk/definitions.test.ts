import assert from "node:assert/strict";
import { test } from "node:test";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { z as otherZod } from "zod/v4";
import { assignedName } from "../../../runtime/engine/naming.ts";
import { pathText } from "../../../runtime/engine/schema.ts";
import { flow, runtime, task, z } from "../../../runtime/sdk/index.ts";
import { z as lazy } from "../../../runtime/sdk/lazy-zod.ts";
import { runFlow } from "../../../runtime/testing/index.ts";

const assignedTask = task({ run: (n: number) => n });
const holder = {
  inside: task({ run: () => 1 }),
};

test("should name a task by its option, its function, its export, or the constant it is assigned to", () => {
  assert.equal(task({ name: "given", run: () => 1 }).name, "given");
  async function fetchTrips() {}
  assert.equal(task({ run: fetchTrips }).name, "fetchTrips");
  assert.equal(assignedTask.name, "assignedTask");
  assert.equal(holder.inside.name, "inside");
  const made = [task({ run: () => 1 }), task({ run: () => 1 })].map((each) => each.name);
  assert.match(made[0] ?? "", /^definitions\.test:\d+$/);
});

test("should take the exported name when the module is known before the first call", () => {
  const [nameless] = [task({ run: () => 1 })];
  runtime.listFlows({ loadRows: nameless });
  assert.equal(nameless?.name, "loadRows");
});

test("should read a name only from an assignment of the right kind", () => {
  assert.equal(assignedName({ file: "/no/such/file.ts", line: 1, column: 1 }, "task"), undefined);
  assert.equal(assignedName(undefined, "task"), undefined);
});

test("should list the flows among a module's exports, once each, skipping what is undefined", () => {
  const etl = flow({ name: "etl", run: () => 1 });
  const other = flow({ run: () => 1 });
  const listed = runtime.listFlows({ phantom: undefined, etl, default: etl, other, helper: () => 1, n: 3 });
  assert.deepEqual(
    listed.map(({ name, exportName }) => [name, exportName]),
    [
      ["etl", "etl"],
      ["other", "other"],
    ],
  );
  const common = runtime.listFlows({ default: { inner: flow({ run: () => 1 }) }, "module.exports": {} });
  assert.equal(common[0]?.exportName, "inner");
});

test("should describe parameters as JSON Schema by the schema's own methods, of any copy of zod", () => {
  for (const zod of [z, otherZod]) {
    const described = flow({
      description: "Loads trips",
      tags: ["taxi"],
      parameters: zod.object({
        year: zod.int(),
        color: zod.enum(["yellow", "green"]).default("yellow"),
        at: zod.date().optional(),
      }),
      run: () => 1,
    });
    const [handle] = runtime.listFlows({ etl: described });
    assert.ok(handle);
    const { parameters, required, tags, description, line } = runtime.describe(handle, "/flows/etl.ts");
    assert.deepEqual(required, ["year"]);
    assert.deepEqual(Object.keys(Object(parameters?.["properties"])), ["year", "color", "at"]);
    assert.deepEqual([tags, description, typeof line], [["taxi"], "Loads trips", "number"]);
  }
});

test("should validate by any Standard Schema, an asynchronous one too, and describe what only it can", async () => {
  const even: StandardSchemaV1<{ n: number }, { half: number }> = {
    "~standard": {
      version: 1,
      vendor: "test",
      async validate(value) {
        const n: unknown = typeof value === "object" && value !== null && "n" in value ? value.n : undefined;
        if (typeof n !== "number" || n % 2 !== 0)
          return { issues: [{ message: "must be even", path: [{ key: "n" }] }] };
        return { value: { half: n / 2 } };
      },
    },
  };
  const f = flow({ name: "f", parameters: even, run: ({ half }) => half });
  assert.equal((await runFlow(f, { n: 4 })).result, 2);
  const bad = await runFlow(f, { n: 3 });
  assert.match(bad.state.message ?? "", /n: must be even/);
  const [handle] = runtime.listFlows({ f });
  assert.ok(handle);
  assert.equal(runtime.describe(handle, "").parameters, null);
});

test("should write paths of fields as people do", () => {
  assert.equal(pathText(["months", 0, { key: "name" }]), "months[0].name");
  assert.equal(pathText(undefined), "");
});

test("should refuse options that make no sense where they stand", () => {
  assert.throws(() => task({ name: "x", retries: -1, run: () => 1 }), /task "x": retries must be a whole number/);
  assert.throws(
    () => task({ name: "x", timeout: "soon", run: () => 1 }),
    /task "x": timeout: "soon" is not a duration/,
  );
  assert.throws(() => task({ name: "x", run: () => 1 }).map([1] as never, { concurrency: 0 }), /concurrency/);
  const noSchema: StandardSchemaV1 = JSON.parse('{ "type": "object" }');
  assert.throws(() => flow({ parameters: noSchema, run: () => 1 }), /definitions\.test\.ts:\d+.*Standard Schema/);
});

test("should give all of zod through the stand-in that loads it when touched", () => {
  assert.equal(Reflect.get(lazy, "object"), Reflect.get(z, "object"));
  assert.ok("string" in lazy);
  assert.deepEqual(Object.keys(lazy).length, Object.keys(z).length);
});

test("should infer inputs and results from run and from the schema", async () => {
  const add = task({ name: "add", run: async (a: number, b?: string) => `${a}${b}` });
  const f = flow({
    parameters: z.object({ n: z.number().default(1) }),
    async run({ n }) {
      const exact: number = n;
      const text: string = await add(Promise.resolve(exact), "x");
      const list: string[] = await add.map([[1, "a"], [2]], { spread: true });
      const state = await add.settle(n);
      if (state.type === "COMPLETED") return state.result.length + list.length + text.length;
      return 0;
    },
  });
  // Never called: what it says is checked by the type checker.
  const checks = () => {
    // @ts-expect-error a text is no number
    add("1");
    // @ts-expect-error n must be a number
    f({ n: "1" });
    f();
    f({ n: 2 });
    f({ n: Promise.resolve(2) });
  };
  assert.equal(typeof checks, "function");
  assert.equal((await runFlow(f, {})).result, 14);
});
