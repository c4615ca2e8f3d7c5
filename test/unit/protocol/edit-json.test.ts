import assert from "node:assert/strict";
import { test } from "node:test";
import { setJson } from "../../../runtime/protocol/edit-json.ts";
import { removeDeclared, writeDeclared } from "../../../runtime/protocol/write-declared.ts";

test("should add to a list without touching how its neighbours are written", () => {
  const neighbour = '{"flow":"a.ts:a",   "name":"one"}';
  const text = `{\n  "deployments": [\n    ${neighbour} // by hand\n  ]\n}\n`;
  assert.equal(
    setJson(text, ["deployments", 1], { name: "two" }),
    `{\n  "deployments": [\n    ${neighbour}, // by hand\n    {\n      "name": "two"\n    }\n  ]\n}\n`,
  );
  const trailing = `{\n  "deployments": [\n    ${neighbour}, /* mine */\n  ],\n}\n`;
  assert.equal(
    setJson(trailing, ["deployments", 1], 2),
    `{\n  "deployments": [\n    ${neighbour}, /* mine */\n    2,\n  ],\n}\n`,
  );
  assert.equal(
    setJson(`{ "deployments": [${neighbour}] }`, ["deployments", 1], 2),
    `{ "deployments": [${neighbour}, 2] }`,
  );
});

test("should add a field on a line of its own where the others stand so, and beside them where they do not", () => {
  assert.equal(setJson('{\n\t"a": 1\n}', ["b"], [1]), '{\n\t"a": 1,\n\t"b": [\n\t\t1\n\t]\n}');
  assert.equal(setJson('{ "a": 1 }', ["b"], 2), '{ "a": 1, "b": 2 }');
  assert.equal(setJson("{\n  // nothing yet\n}\n", ["a"], 1), '{\n  // nothing yet\n  "a": 1\n}\n');
  assert.equal(setJson('{"a": {}}', ["a", "b", "c"], true), '{"a": {\n  "b": {\n    "c": true\n  }\n}}');
  assert.equal(setJson("", ["a"], 1), '{\n  "a": 1\n}\n');
});

test("should replace and take out what is named, and keep comments and line ends", () => {
  const text = '{\r\n  // first\r\n  "a": 1, // one\r\n  "b": { "c": [1,2] } /* b */\r\n}\r\n';
  assert.equal(setJson(text, ["a"], "x"), text.replace("1, // one", '"x", // one'));
  assert.equal(setJson(text, ["b", "c", 0], undefined), text.replace("[1,2]", "[2]"));
  assert.equal(setJson(text, ["b", "c", 1], undefined), text.replace("[1,2]", "[1]"));
  assert.equal(setJson('{ "a": [ 1, ] }', ["a", 0], undefined), '{ "a": [ ] }');
  assert.equal(setJson(text, ["z"], undefined), text);
  assert.equal(setJson(text, ["b", "d"], 1), text.replace("[1,2] }", '[1,2], "d": 1 }'));
});

test("should read back as what was set, whatever was there", () => {
  const texts = [
    '{"l":[]}',
    '{\n "l": [\n  1\n ]\n}',
    '{"l":[1,2,],}',
    '{"l":[ /* x */ ]}',
    '{"l":[1 /* x */]}',
    '{"l":[1 // x\n]}',
  ];
  for (const text of texts) {
    const before: unknown[] = JSON.parse(plain(text)).l;
    const more = setJson(text, ["l", before.length], { n: [3] });
    assert.deepEqual(JSON.parse(plain(more)).l, [...before, { n: [3] }], text);
    const less = before.length === 0 ? more : setJson(text, ["l", 0], undefined);
    assert.deepEqual(JSON.parse(plain(less)).l, before.length === 0 ? [{ n: [3] }] : before.slice(1), text);
  }
});

test("should leave a one-line entry alone when another deployment is written or taken out", () => {
  const one = '{ "flow": "etl.ts:etl", "name": "daily", "schedules": [{ "cron": "0 5 * * *" }] }';
  const text = `{\n  // Ours.\n  "deployments": [${one}]\n}\n`;
  const both = writeDeclared(text, { flow: "etl.ts:etl", name: "other" });
  assert.ok(both.includes(one), both);
  assert.equal(removeDeclared(both, { flow: "etl.ts:etl", name: "other" }), text);
});

function plain(text: string): string {
  return text.replaceAll(/\/\*.*?\*\/|\/\/[^\n]*/g, "").replaceAll(/,(\s*[\]}])/g, "$1");
}
