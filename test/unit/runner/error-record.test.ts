import assert from "node:assert/strict";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { toErrorRecord } from "../../../runtime/protocol/error-record.ts";
import { MillraceError } from "../../../runtime/protocol/errors.ts";
import { fileOf, isUserFile, ownFolder, parseStack, userLocation, userStack } from "../../../runtime/protocol/stack.ts";

const here = fileURLToPath(import.meta.url);

test("should name the first frame in the user's own files", () => {
  const record = toErrorRecord(new TypeError("no bucket"));
  assert.equal(record.name, "TypeError");
  assert.equal(record.message, "no bucket");
  assert.equal(record.location?.file, here);
  assert.ok((record.location?.line ?? 0) > 0 && (record.location?.column ?? 0) > 0);
});

test("should leave Node's and millrace's frames out of the stack, and installed packages in", () => {
  const stack = [
    "Error: boom",
    `    at engine (file://${ownFolder}/sdk/chunk-1.js:1:1)`,
    "    at query (/w/node_modules/pg/lib/client.js:5:3)",
    "    at async load (/w/flows/etl.ts:12:7)",
    "    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)",
  ].join("\n");
  const parsed = parseStack(stack, "boom");
  assert.deepEqual(userLocation(parsed.frames), { file: "/w/flows/etl.ts", line: 12, column: 7 });
  assert.deepEqual(userStack(parsed).split("\n"), [
    "Error: boom",
    "    at query (/w/node_modules/pg/lib/client.js:5:3)",
    "    at async load (/w/flows/etl.ts:12:7)",
  ]);
});

test("should keep all frames when none is the user's", () => {
  const stack = "Error: x\n    at node:internal/main/run:1:2";
  assert.equal(userStack(parseStack(stack, "x")), stack);
});

test("should keep a message that looks like a stack out of the frames", () => {
  const message = "remote said:\n    at remote (/other/machine.js:1:1)";
  const parsed = parseStack(`Error: ${message}\n    at mine (/w/a.ts:2:3)`, message);
  assert.equal(parsed.frames.length, 1);
  assert.equal(userLocation(parsed.frames)?.file, "/w/a.ts");
});

test("should read every form of frame that V8 prints", () => {
  const forms: readonly [string, unknown][] = [
    ["at f (/w/a.ts:1:2)", { file: "/w/a.ts", line: 1, column: 2 }],
    ["at /w/a.ts:1:2", { file: "/w/a.ts", line: 1, column: 2 }],
    ["at async /w/a.ts:1:2", { file: "/w/a.ts", line: 1, column: 2 }],
    ["at async Promise.all (index 0)", undefined],
    ["at new Foo (C:\\w\\a b\\a.ts:10:20)", { file: "C:\\w\\a b\\a.ts", line: 10, column: 20 }],
    ["at Object.run [as call] (file:///w/%C3%BC%20x/a.ts?v=1:3:4)", { file: "/w/ü x/a.ts", line: 3, column: 4 }],
    ["at f (/w/app (old)/a.ts:1:2)", { file: "/w/app (old)/a.ts", line: 1, column: 2 }],
    ["at eval (eval at f (/w/a.ts:1:2), <anonymous>:1:1)", undefined],
    ["at <anonymous>", undefined],
    ["at node:internal/process/task_queues:105:5", undefined],
  ];
  for (const [text, location] of forms) {
    assert.deepEqual(parseStack(`Error\n    ${text}`).frames[0]?.location, location, text);
  }
});

test("should turn file URLs into paths of the platform they come from", () => {
  assert.equal(fileOf("file:///C:/w/a%20b.ts"), "C:\\w\\a b.ts");
  assert.equal(fileOf("file://server/share/a.ts"), "\\\\server\\share\\a.ts");
  assert.equal(fileOf("file:///w/50%.ts"), "/w/50%.ts");
  assert.equal(fileOf("evalmachine.<anonymous>"), undefined);
});

test("should not take a folder that only begins like millrace's own for it", () => {
  assert.equal(isUserFile(`${ownFolder}-backup/a.ts`), true);
  assert.equal(isUserFile(`${ownFolder}/engine/run.ts`), false);
});

test("should follow causes, and stop where they go round", () => {
  const first = new Error("first");
  const second = new Error("second", { cause: first });
  first.cause = second;
  const record = toErrorRecord(second);
  assert.equal(record.cause?.message, "first");
  assert.equal(record.cause?.cause, undefined);
  assert.equal(toErrorRecord(new AggregateError([new Error("one"), new Error("two")], "all")).cause?.message, "one");
});

test("should describe values that are no errors", () => {
  assert.equal(toErrorRecord("plain").message, "plain");
  assert.equal(toErrorRecord({ status: 404 }).message, 'thrown value: {"status":404}');
  assert.equal(toErrorRecord(undefined).message, "thrown value: undefined");
  assert.equal(toErrorRecord(null).name, "object");
  assert.equal(toErrorRecord(10n).message, "thrown value: 10");
  assert.equal(toErrorRecord(Symbol("s")).message, "thrown value: Symbol(s)");
  assert.equal(toErrorRecord({ name: "Elsewhere", message: "other realm" }).name, "Elsewhere");
});

test("should never throw, whatever the value's getters do", () => {
  const hostile = new Proxy(
    {},
    {
      get: () => {
        throw new Error("no");
      },
      ownKeys: () => {
        throw new Error("no");
      },
    },
  );
  assert.equal(toErrorRecord(hostile).message, "thrown value: object");
});

test("should keep code and an error's own location, and cut what is too long", () => {
  const placed = Object.assign(new MillraceError("load-failed", "x"), {
    location: { file: "/w/a.ts", line: 3, column: 9 },
  });
  assert.deepEqual(toErrorRecord(placed).location, { file: "/w/a.ts", line: 3, column: 9 });
  assert.equal(toErrorRecord(placed).code, "load-failed");
  assert.ok(toErrorRecord(new Error("x".repeat(1_000_000))).message.length < 40_000);
});

test("should know a MillraceError of another bundle, and no subclass in its place", async () => {
  const url = new URL("../../../runtime/protocol/errors.ts?another", import.meta.url).href;
  const other: typeof import("../../../runtime/protocol/errors.ts") = await import(url);
  class Special extends MillraceError {}
  assert.notEqual(other.MillraceError, MillraceError);
  assert.ok(new other.MillraceError("no-flow", "x") instanceof MillraceError);
  assert.ok(new Special("no-flow", "x") instanceof other.MillraceError);
  assert.ok(new Special("no-flow", "x") instanceof Special);
  assert.ok(!(new MillraceError("no-flow", "x") instanceof Special));
  assert.ok(!(new Error("x") instanceof MillraceError));
});
