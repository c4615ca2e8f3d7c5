import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { redact, redactDeep, redactStart, rememberSecret } from "../../../runtime/system/redaction.ts";

describe("redaction", () => {
  it("should show a secret as eight asterisks, in plain text and inside JSON", () => {
    rememberSecret('pa"ss\nword');
    assert.equal(redact('it is pa"ss\nword.'), "it is ********.");
    assert.equal(redact(JSON.stringify({ message: 'pa"ss\nword' })), '{"message":"********"}');
  });

  it("should hide the whole of a secret that contains another", () => {
    rememberSecret("inner");
    rememberSecret("outer-inner-outer");
    assert.equal(redact("outer-inner-outer"), "********");
  });

  it("should leave text alone that only shares a few characters with a secret", () => {
    rememberSecret("abc");
    assert.equal(redact("abcdef"), "abcdef");
  });
});

describe("redaction of what is more than a text", () => {
  it("should mask texts, keys and numbers that are a secret, and leave the rest as it is", () => {
    rememberSecret("471147");
    rememberSecret("deep-secret");
    const value = { at: 1_471_147_000, pin: 471_147, list: ["the deep-secret", 1], "deep-secret": true };
    assert.deepEqual(redactDeep(value), {
      at: 1_471_147_000,
      pin: "********",
      list: ["the ********", 1],
      "********": true,
    });
    const plain = { a: [1, { b: "c" }] };
    assert.equal(redactDeep(plain), plain);
  });

  it("should cut a beginning without leaving the half of a secret", () => {
    rememberSecret("cut-me-in-halves");
    for (let length = 1; length < 60; length++) {
      const start = redactStart(`${"x".repeat(10)}cut-me-in-halves cut-me-in-halves ${"y".repeat(100)}`, length);
      assert.doesNotMatch(start, /cut/, `${length}`);
      assert.ok(start.length <= length);
    }
    assert.equal(redactStart("short", 200), "short");
  });

  it("should know a secret as it stands in an address", () => {
    rememberSecret("p@ss/w ord");
    assert.equal(redact("postgres://me:p%40ss%2Fw%20ord@host"), "postgres://me:********@host");
  });
});
