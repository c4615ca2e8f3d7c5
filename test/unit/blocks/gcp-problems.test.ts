import assert from "node:assert/strict";
import { test } from "node:test";
import {
  googleProblem,
  HttpProblem,
  isPassing,
  networkCode,
  parseRetryAfter,
  retryAfterOf,
  statusOf,
} from "../../../runtime/blocks/gcp/problems.ts";
import { createRetries, retrying, waitBefore } from "../../../runtime/blocks/gcp/retrying.ts";

const failure = (fields: object, message = "failed") => Object.assign(new Error(message), fields);
const attempt = { where: 'GcsBucket "zoom"', doing: "write gs://b/k" };

test("should find the status behind the errors of all clients", () => {
  assert.equal(statusOf(new HttpProblem(503, "x")), 503);
  assert.equal(statusOf(failure({ code: 404 })), 404);
  assert.equal(statusOf(failure({ code: "412" })), 412);
  assert.equal(statusOf(failure({ response: { status: 429 } })), 429);
  assert.equal(statusOf(failure({ code: "ECONNRESET" })), undefined);
  assert.equal(statusOf(undefined), undefined);
});

test("should try again what may pass, and nothing else", () => {
  for (const status of [408, 429, 500, 502, 503, 504]) assert.ok(isPassing(new HttpProblem(status, "x")), `${status}`);
  for (const status of [400, 401, 403, 404, 412, 416, 501]) assert.ok(!isPassing(new HttpProblem(status, "x")));
  for (const code of ["ECONNRESET", "EPIPE", "ERR_STREAM_PREMATURE_CLOSE"]) assert.ok(isPassing(failure({ code })));
  assert.ok(isPassing(failure({ cause: failure({ code: "ECONNREFUSED" }) })));
  assert.ok(isPassing(new Error("socket hang up")));
  for (const code of ["ENOENT", "ENOSPC", "ENOTFOUND", "CERT_HAS_EXPIRED"]) assert.ok(!isPassing(failure({ code })));
  assert.ok(!isPassing(new TypeError("a mistake")));
  assert.equal(networkCode(failure({ code: "not a code" })), undefined);
});

test("should read how long a service asks to wait", () => {
  const now = Date.parse("2026-11-30T12:00:00Z");
  assert.equal(parseRetryAfter("3", now), 3000);
  assert.equal(parseRetryAfter("Mon, 30 Nov 2026 12:00:05 GMT", now), 5000);
  assert.equal(parseRetryAfter("Mon, 30 Nov 2026 11:00:00 GMT", now), 0);
  for (const header of [null, "", "soon"]) assert.equal(parseRetryAfter(header, now), undefined);
  assert.equal(retryAfterOf(new HttpProblem(429, "x", 7000)), 7000);
  assert.equal(retryAfterOf(failure({ response: { headers: new Headers({ "retry-after": "2" }) } })), 2000);
  assert.equal(retryAfterOf(failure({ response: { headers: { "retry-after": "2" } } })), 2000);
});

test("should wait longer each time, as long as is asked, and never for ever", () => {
  assert.deepEqual(
    [1, 2, 3, 8, 20].map((retry) => waitBefore(retry, undefined, 1)),
    [250, 500, 1000, 30_000, 30_000],
  );
  assert.equal(waitBefore(1, undefined, 0), 125);
  assert.equal(waitBefore(1, 5000, 0), 5000);
  assert.equal(waitBefore(1, 86_400_000, 0), 120_000);
});

test("should count retries anew after progress, and stop at once for a signal", async () => {
  const stop = new AbortController();
  const retries = createRetries({ retries: 1, signal: stop.signal });
  const passing = new HttpProblem(503, "x", 0);
  await retries.after(passing);
  await assert.rejects(retries.after(passing), passing);
  retries.progress();
  await retries.after(passing);
  const waiting = retrying({ retries: 5, signal: stop.signal }, async () => {
    stop.abort(new Error("cancelled"));
    throw new HttpProblem(503, "x", 60_000);
  });
  await assert.rejects(waiting, /cancelled/);
});

for (const [thrown, code, message] of [
  [
    new HttpProblem(403, "no access."),
    "unauthorized",
    /"zoom": cannot write gs:\/\/b\/k: no access\. give the account/,
  ],
  [new HttpProblem(404, "No such object: b/k"), "not-found", /No such object: b\/k; check the name/],
  [new HttpProblem(503, "busy"), "not-answering", /busy; the service answered 503 every time/],
  [new HttpProblem(412, "conditions"), "conflict", /somebody else has changed it meanwhile/],
  [new HttpProblem(400, "bad name"), "bad-usage", /bad name; \(status 400\)/],
  [failure({ code: "ENOTFOUND" }, "getaddrinfo ENOTFOUND x"), "not-answering", /the name has no address/],
  [failure({ code: "CERT_HAS_EXPIRED" }), "not-answering", /certificate is not trusted/],
  [failure({ code: "ECONNREFUSED" }), "not-answering", /is the network up/],
  [new Error("invalid_grant: Invalid JWT: Token must be a short-lived token"), "unauthorized", /clock of this machine/],
  [new Error("Could not load the default credentials. Browse to …"), "unauthorized", /gcloud auth application-default/],
] as const) {
  test(`should say what to do about "${thrown.message}"`, () => {
    const problem = googleProblem(thrown, attempt);
    assert.equal(problem.code, code);
    assert.match(problem.message, message);
  });
}

test("should keep no request in the cause, which would carry the token", () => {
  const thrown = failure({ status: 403, config: { headers: { authorization: "Bearer ya29.secret" } } });
  const { cause } = googleProblem(thrown, attempt);
  assert.ok(cause instanceof Error && !("config" in cause));
});
