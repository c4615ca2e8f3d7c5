import assert from "node:assert/strict";
import { test } from "node:test";
import type { DeployPlace } from "../../../extension/context.ts";
import { changedLines, declaredDraft, draftText } from "../../../extension/deployments/draft-text.ts";
import { parseDeclared } from "../../../extension/deployments/parse-declared.ts";

const file = "/work/millrace.json";
const before = `{
  // Ours.
  "deployments": [
    // Nightly.
    { "flow": "./flows/etl.ts:etl", "name": "daily", "cwd": "data", "tags": ["one"] }
  ]
}
`;
const nowhere: DeployPlace = {
  ...{ flow_file: "/work/flows/etl.ts", flow_export: "etl", deployment: undefined, declaration: undefined, file },
};
function declaredPlace(): DeployPlace {
  const [found] = parseDeclared(file, before).deployments;
  assert.ok(found);
  return { ...nowhere, declaration: { file, ...found } };
}

test("should write a new deployment beside what stands in the file, and deploy what the file says then", () => {
  const { settings, text } = draftText(nowhere, { settings: { name: "hourly" }, declare: true }, before, "/work");
  assert.match(
    text ?? "",
    /\/\/ Ours\.[\s\S]*\/\/ Nightly\.[\s\S]*"daily"[\s\S]*"flow": "flows\/etl\.ts:etl",\s*"name": "hourly"/,
  );
  assert.deepEqual([settings.flow_file, settings.cwd, settings.declared_in], ["/work/flows/etl.ts", "/work", file]);
});

test("should change an entry where it stands, however it spells the flow, and keep its folder", () => {
  const place = declaredPlace();
  assert.ok(place.declaration);
  const draft = { ...declaredDraft(place.declaration), tags: ["two"] };
  const { settings, text } = draftText(place, { settings: draft, declare: true }, before, "/work");
  assert.match(
    text ?? "",
    /\/\/ Ours\.[\s\S]*\/\/ Nightly\.[\s\S]*"\.\/flows\/etl\.ts:etl"[\s\S]*"cwd": "data"[\s\S]*"two"/,
  );
  assert.equal((text ?? "").match(/"name"/g)?.length, 1);
  assert.deepEqual([settings.tags, settings.cwd], [["two"], "/work/data"]);
});

test("should take an entry out of the file when the deployment is for this computer only", () => {
  const { text, settings } = draftText(
    declaredPlace(),
    { settings: { name: "daily" }, declare: false },
    before,
    "/work",
  );
  assert.doesNotMatch(text ?? "", /daily/);
  assert.equal(settings.declared_in, undefined);
});

test("should refuse a file that is broken, with the place", () => {
  assert.throws(
    () => draftText(nowhere, { settings: { name: "hourly" }, declare: true }, '{ "deployments": 3 }', "/work"),
    /millrace\.json:1:\d+|Nothing was written/,
  );
});

test("should count the lines that a change adds and removes, not those around them", () => {
  assert.deepEqual(changedLines("", "a\nb\n"), { added: 2, removed: 0 });
  assert.deepEqual(changedLines("a\nb\nc\n", "a\nx\ny\nc\n"), { added: 2, removed: 1 });
  assert.deepEqual(changedLines("a\n", "a\n"), { added: 0, removed: 0 });
});
