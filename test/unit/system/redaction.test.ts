import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { redact, rememberSecret } from "../../../runtime/system/redaction.ts";

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
