import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hiddenSecret } from "../../../../runtime/protocol/blocks.ts";
import { fieldsOf } from "../../../../webviews/form/fields.ts";
import { splitSecrets, summaryOf, withoutForgotten } from "../../../../webviews/form/secrets.ts";

const password = { type: "string", format: "password", writeOnly: true };
const fields =
  fieldsOf({
    type: "object",
    properties: {
      user: { type: "string" },
      password,
      server: { type: "object", properties: { token: password, host: { type: "string" } } },
      tokens: { type: "array", items: { type: "object", properties: { token: password } } },
    },
  }) ?? [];

describe("typed secrets", () => {
  it("should be taken out of the values, wherever they stand, and leave what is no text of a secret", () => {
    const values = {
      user: "ada",
      password: "p",
      server: { token: "t", host: "h" },
      tokens: [{ token: "one" }, { token: hiddenSecret }, { token: { $env: "TOKEN" } }],
      other: "o",
    };
    const { data, secrets } = splitSecrets(fields, values);
    assert.deepEqual(secrets, { password: "p", "server.token": "t", "tokens[0].token": "one" });
    assert.deepEqual(data, {
      user: "ada",
      password: { $entered: "password" },
      server: { token: { $entered: "server.token" }, host: "h" },
      tokens: [{ token: { $entered: "tokens[0].token" } }, { token: hiddenSecret }, { token: { $env: "TOKEN" } }],
      other: "o",
    });
  });

  it("should be what is saved, or nothing, once nobody has them any more", () => {
    const data = { a: { $entered: "a" }, b: { $entered: "b" }, c: { inner: { $entered: "c.inner" } } };
    assert.deepEqual(withoutForgotten(data, new Set(["a", "c.inner"]), { a: hiddenSecret }), {
      a: hiddenSecret,
      b: { $entered: "b" },
      c: {},
    });
  });

  it("should be told in a few words when they are long, without being told", () => {
    const key = JSON.stringify({ type: "service_account", client_email: "a@b", project_id: "p", private_key: "KEY" });
    assert.deepEqual(summaryOf(key), { title: "a@b", detail: "project p" });
    assert.deepEqual(summaryOf("-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----\n"), {
      title: "Private key",
      detail: "3 lines",
    });
    assert.equal(summaryOf("hunter2"), undefined);
    assert.equal(summaryOf('{"a":1}'), undefined);
  });
});
