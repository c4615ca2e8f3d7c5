import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { parseServiceAccountKey } from "../../../runtime/blocks/gcp/service-account-key.ts";
import { GcpCredentials } from "../../../runtime/blocks/index.ts";
import { redact } from "../../../runtime/system/redaction.ts";

const pem = generateKeyPairSync("rsa", { modulusLength: 2048 })
  .privateKey.export({ type: "pkcs8", format: "pem" })
  .toString();
const key = {
  type: "service_account",
  project_id: "zoom",
  private_key_id: "abc",
  private_key: pem,
  client_email: "taxi@zoom.iam.gserviceaccount.com",
  token_uri: "https://oauth2.googleapis.com/token",
};
const parse = (value: unknown) =>
  parseServiceAccountKey(typeof value === "string" ? value : JSON.stringify(value), "serviceAccountInfo");

test("should read a key as the console gives it, and take its private part out of all output", () => {
  const { clientEmail, projectId, privateKey } = parse(key);
  assert.deepEqual([clientEmail, projectId, privateKey], [key.client_email, "zoom", pem]);
  assert.equal(redact(`it was ${pem}!`), "it was ********!");
});

for (const [what, value, message] of [
  ["nothing", "  ", /serviceAccountInfo: it is empty/],
  ["another file", `{"a":"${"x".repeat(70_000)}"}`, /it has 68 KiB, a service account's key has about 2/],
  ["half a file", JSON.stringify(key).slice(0, 500), /no JSON \(its end may be missing\)/],
  ["a path", "/home/me/keys/zoom.json", /no JSON but a path: that belongs into serviceAccountFile/],
  ["base64", Buffer.from(JSON.stringify(key)).toString("base64"), /looks like base64: decode it first/],
  ["the private key alone", pem, /no JSON but a bare private key/],
  ["a list", [key], /no JSON object/],
  ["a person's login", { type: "authorized_user" }, /login of a person.*leave the key out/],
  ["a federated account", { type: "external_account" }, /"external_account".*GOOGLE_APPLICATION_CREDENTIALS/],
  ["no type", { private_key: pem }, /it has no "type"/],
  ["no address", { ...key, client_email: undefined }, /its "client_email" is missing; download the key again/],
  ["no key", { ...key, private_key: 1 }, /its "private_key" is no text/],
  ["a key of another form", { ...key, private_key: "secret-thing" }, /its "private_key" is no PEM text/],
  ["a cut key", { ...key, private_key: pem.replace(/.{64}\n/, "") }, /its "private_key" cannot be read: a part/],
] as const) {
  test(`should say what is wrong with ${what}, and not show it`, () => {
    assert.throws(
      () => parse(value),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, "bad-parameters");
        assert.match(error.message, message);
        assert.doesNotMatch(`${error.message}${error.stack}${String(error.cause)}`, /MII|secret-thing/);
        return true;
      },
    );
  });
}

test("should refuse a key given twice, and say where the settings have none", async () => {
  const both = { serviceAccountFile: "a.json", serviceAccountInfo: "{}" };
  assert.throws(() => new GcpCredentials(both), /serviceAccountFile or serviceAccountInfo, not both/);
  const anonymous = new GcpCredentials({ anonymous: true });
  await assert.rejects(anonymous.project(), { code: "bad-parameters", message: /no project is known; set "project"/ });
  await assert.rejects(anonymous.getAccessToken(), { code: "unauthorized" });
});
