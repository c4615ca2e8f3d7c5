import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { callSite } from "../../../runtime/engine/call-site.ts";

function whereCalled() {
  return callSite(whereCalled);
}

test("should give file, line and column of the caller, the same one each time", () => {
  const places = Array.from({ length: 3 }, () => {
    const direct = whereCalled();
    return direct;
  });
  assert.equal(path.basename(places[0]?.file ?? ""), "call-site.test.ts");
  assert.equal(places[0]?.line, 12);
  assert.deepEqual(places[1], places[0]);
  assert.notDeepEqual(whereCalled(), places[0]);
});

test("should look past what is not the user's code, and leave stack traces as they were", () => {
  const { stackTraceLimit, prepareStackTrace } = Error;
  const [through] = [0].map(whereCalled);
  assert.equal(through?.line, 23);
  assert.equal(Error.stackTraceLimit, stackTraceLimit);
  assert.equal(Error.prepareStackTrace, prepareStackTrace);
});
