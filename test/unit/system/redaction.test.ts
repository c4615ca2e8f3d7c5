import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { redact, redactDeep, redactStart, rememberSecret, secretsWithin } from "../../../runtime/system/redaction.ts";

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

describe("redaction of a secret that was encoded", () => {
  const secret = "s3cr3t/pass+word?~4711 ü";
  /** What is left must not tell the secret: no text that is decoded holds four characters of it. */
  const refuse = (shown: string, decode: (text: string) => string) => {
    const told = decode(shown.replaceAll("*", ""));
    for (let at = 0; at + 4 <= secret.length; at++) assert.ok(!told.includes(secret.slice(at, at + 4)), shown);
  };

  it("should know it in base64 and base64url, whatever stands before and behind it", () => {
    rememberSecret(secret);
    for (const encoding of ["base64", "base64url"] as const) {
      for (let before = 0; before < 6; before++) {
        for (const behind of ["", "x", "xy", "xyz"]) {
          const encoded = Buffer.from(`${"user:".slice(0, before)}${secret}${behind}`).toString(encoding);
          const shown = redact(`Authorization: Basic ${encoded};`);
          assert.match(shown, /^Authorization: Basic .*\*{8}.*;$/);
          assert.ok(shown.length < 45, `${before} ${behind}: ${shown}`);
          const rest = shown.slice("Authorization: Basic ".length, -1);
          for (const part of rest.split("********")) refuse(part, (text) => Buffer.from(text, encoding).toString());
        }
      }
    }
    assert.equal(redact(Buffer.from(secret).toString("base64url")), "********");
  });

  it("should know it as part of an address, field of a form and in JSON inside of JSON", () => {
    rememberSecret(secret);
    rememberSecret('a "quoted" one\n');
    for (const encoded of [
      encodeURIComponent(secret),
      encodeURI(secret),
      encodeURIComponent(secret).replace(/%../g, (sign) => sign.toLowerCase()),
      new URLSearchParams({ token: secret }).get("token"),
      new URLSearchParams({ token: secret }).toString().slice("token=".length),
    ]) {
      assert.equal(redact(`?token=${encoded}&a=b`), "?token=********&a=b");
    }
    const inner = JSON.stringify({ password: 'a "quoted" one\n' });
    assert.equal(redact(JSON.stringify({ body: inner })), JSON.stringify({ body: '{"password":"********"}' }));
  });

  it("should leave base64 of short secrets and of other texts alone", () => {
    rememberSecret("short4");
    rememberSecret("another-long-secret");
    for (const text of ["short4".repeat(3).slice(1, 6), "another-long-sekret", "x".repeat(40)]) {
      const encoded = Buffer.from(text).toString("base64");
      assert.equal(redact(encoded), encoded);
    }
    const encoded = Buffer.from("short4").toString("base64");
    assert.equal(redact(encoded), encoded);
  });

  it("should cover all of secrets that overlap, and find each of them", () => {
    rememberSecret("front-middle");
    rememberSecret("middle-behind");
    assert.equal(redact("a front-middle-behind b"), "a ******** b");
    assert.equal(redact("front-middlemiddle-behind"), "****************");
    const text = `front-middle-behind ${Buffer.from("x:another-long-secret").toString("base64")}`;
    rememberSecret("another-long-secret");
    assert.deepEqual(secretsWithin(text)?.toSorted(), ["another-long-secret", "front-middle", "middle-behind"]);
    assert.equal(secretsWithin("nothing of the kind"), undefined);
  });
});
