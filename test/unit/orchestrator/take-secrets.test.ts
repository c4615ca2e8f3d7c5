import assert from "node:assert/strict";
import { test } from "node:test";
import { driftOf } from "../../../runtime/orchestrator/blocks/drift.ts";
import { placeSecrets, revealSecrets, takeSecrets } from "../../../runtime/orchestrator/blocks/take-secrets.ts";
import {
  applySystemRecord,
  factRecords,
  noFacts,
  type StoredBlock,
  type SystemRecord,
} from "../../../runtime/orchestrator/system/records.ts";
import type { BlockSchema } from "../../../runtime/protocol/blocks.ts";

const secret = { type: "string", format: "password", writeOnly: true };
const fields = {
  type: "object",
  properties: {
    name: { type: "string" },
    token: { anyOf: [secret, { type: "null" }] },
    either: { anyOf: [{ type: "string" }, secret] },
    headers: { type: "object", additionalProperties: secret },
    list: { type: "array", items: secret },
    hosts: {
      type: "array",
      items: { type: "object", properties: { host: { type: "string" }, token: secret }, required: ["host"] },
    },
  },
};
const kept = (id: string) => ({ $secret: id });
const hidden = "********";

test("should name new secrets wherever they stand, also where a plain text would be taken", () => {
  const given = {
    name: "n",
    token: "a",
    either: "b",
    headers: { x: "c" },
    list: ["d"],
    hosts: [{ host: "h", token: "e" }],
  };
  const { data, fresh, problems } = takeSecrets(fields, given, undefined);
  assert.deepEqual(problems, []);
  assert.deepEqual(fresh, ["a", "b", "c", "d", "e"]);
  assert.doesNotMatch(JSON.stringify(data), /"[abcde]"/);
  assert.deepEqual(placeSecrets(data, ["1", "2", "3", "4", "5"]), {
    name: "n",
    token: kept("1"),
    either: kept("2"),
    headers: { x: kept("3") },
    list: [kept("4")],
    hosts: [{ host: "h", token: kept("5") }],
  });
});

test("should keep what is hidden, remove what is null, and take a variable", () => {
  const stored = { token: kept("1"), headers: { x: kept("2"), y: kept("3") }, list: [kept("4"), kept("5")] };
  const given = { token: null, headers: { x: hidden, y: { $env: "Y" } }, list: [hidden, hidden] };
  const { data, fresh, problems } = takeSecrets(fields, given, stored);
  assert.deepEqual([fresh, problems], [[], []]);
  assert.deepEqual(data, { headers: { x: kept("2"), y: { $env: "Y" } }, list: [kept("4"), kept("5")] });
});

test("should never take one item's secret for another's", () => {
  const hosts = [
    { host: "a", token: kept("1") },
    { host: "b", token: kept("2") },
    { host: "c", token: kept("3") },
  ];
  const take = (...names: readonly string[]) =>
    takeSecrets(fields, { hosts: names.map((host) => ({ host, token: hidden })) }, { hosts });
  assert.deepEqual(take("c", "a").data["hosts"], [hosts[2], hosts[0]]);
  // As long as before: the second was renamed.
  assert.deepEqual(take("a", "B", "c").data["hosts"], [hosts[0], { host: "B", token: kept("2") }, hosts[2]]);
  assert.deepEqual(
    take("a", "B").problems.map(({ path }) => path),
    ["hosts[1].token"],
  );
  const list = takeSecrets(fields, { list: [hidden] }, { list: [kept("1"), kept("2")] });
  assert.deepEqual(list.problems, [{ path: "list[0]", message: "there is no saved secret to keep; enter it" }]);
});

test("should refuse secrets of others, empty ones, and hidden ones that are not there", () => {
  const given = { name: kept("of another"), token: kept("of another"), list: ["", hidden, 5] };
  assert.deepEqual(
    takeSecrets(fields, given, undefined).problems.map(({ path }) => path),
    ["name", "token", "list[0]", "list[1]", "list[2]"],
  );
});

test("should reveal old and new secrets for a process that needs them, and list them", () => {
  const taken = takeSecrets(fields, { token: "new", list: [hidden] }, { list: [kept("1")] });
  assert.deepEqual(
    revealSecrets(taken, (id) => `opened ${id}`),
    {
      data: { token: "new", list: ["opened 1"] },
      secrets: ["new", "opened 1"],
    },
  );
});

const block = (name: string, data: StoredBlock["data"], slug = "crm"): StoredBlock => ({
  id: name,
  slug,
  name,
  type_name: slug,
  data,
  version: 1,
  created: "c",
  updated: "u",
  schema_checksum: "old",
  asked: ["a", "b"],
});

test("should tell drift: new fields, gone ones with what they may be called now, refused values", () => {
  const schema = (properties: Record<string, unknown>, rest: object = {}): BlockSchema => ({
    checksum: "new",
    version: "",
    fields: { type: "object", properties, ...rest },
    secret_fields: [],
    block_references: {},
  });
  const text = { type: "string" };
  const stored = block("x", { a: "1", base_url: "2" });
  assert.equal(driftOf(stored, { ...schema({}), checksum: "old" }), null);
  assert.equal(driftOf(block("x", { a: "1" }), schema({ a: text, b: text })), null);
  assert.deepEqual(driftOf(stored, schema({ a: { type: "integer" }, baseUrl: text, c: text }, { required: ["c"] })), {
    added: [
      { field: "baseUrl", required: false },
      { field: "c", required: true },
    ],
    removed: [{ field: "base_url", renamed_to: "baseUrl" }],
    refused: [{ path: "a", message: 'expected a whole number, got "1"' }],
  });
  const renamed = schema({ a: text, address: text }, { required: ["address"], "x-renamed": { base_url: "address" } });
  assert.equal(driftOf(stored, renamed), null);
});

test("should rewrite references when a block is renamed, and say all again in the next epoch", () => {
  const facts = noFacts();
  const records: readonly SystemRecord[] = [
    { kind: "block", block: block("ann", {}, "login") },
    { kind: "block", block: block("main", { deep: [{ login: { $block: "login/ann" } }] }) },
    { kind: "block", block: block("other", { login: { $block: "login/bob" } }) },
    { kind: "block-renamed", slug: "login", name: "ann", to: "anna", at: "later" },
  ];
  for (const record of records) applySystemRecord(facts, record);
  assert.deepEqual([...facts.blocks.keys()].sort(), ["crm/main", "crm/other", "login/anna"]);
  const main = facts.blocks.get("crm/main");
  assert.deepEqual([main?.data, main?.version], [{ deep: [{ login: { $block: "login/anna" } }] }, 2]);
  assert.equal(facts.blocks.get("crm/other")?.version, 1);
  const again = noFacts();
  for (const record of factRecords(facts))
    if ("kind" in record) applySystemRecord(again, JSON.parse(JSON.stringify(record)));
  assert.deepEqual(again.blocks, facts.blocks);
});
