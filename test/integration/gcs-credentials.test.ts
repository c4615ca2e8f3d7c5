/** GcpCredentials against a token endpoint that checks the signature. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { GcpCredentials } from "../../runtime/blocks/gcp/gcp-credentials.ts";
import { redact } from "../../runtime/system/redaction.ts";
import { startCloud, takeSteps } from "../support/gcs.ts";

test("should sign in with a key file and with a key's JSON, and ask for one token only", async (t) => {
  const { server, credentials } = await startCloud(t);
  const token = await credentials.getAccessToken();
  assert.equal(await credentials.getAccessToken(), token);
  assert.equal(redact(`Bearer ${token}`), "Bearer ********");
  assert.equal(await credentials.project(), server.key.project_id);
  const inline = new GcpCredentials({ serviceAccountInfo: JSON.stringify(server.key), project: "other" });
  assert.notEqual(await inline.getAccessToken(), token);
  assert.equal(await inline.project(), "other");
  assert.equal(server.requests.filter(({ operation }) => operation === "token").length, 2);
  await credentials.forgetToken();
  const client = await credentials.authClient();
  const header = (await client.getRequestHeaders()).get("authorization") ?? "";
  assert.match(header, /^Bearer ya29\./);
  assert.equal(redact(header), "Bearer ********");
  assert.notEqual(await credentials.getAccessToken(), token);
  assert.deepEqual(server.complaints, []);
});

test("should say that the service refuses a key, and never show it", async (t) => {
  const { server, credentials } = await startCloud(t);
  server.signIn.removeKey(server.key.client_email);
  await assert.rejects(credentials.getAccessToken(), (error: Error & { code?: string }) => {
    assert.equal(error.code, "unauthorized");
    assert.match(error.message, /cannot sign in as taxi-loader@.*account not found; the key was deleted/);
    assert.doesNotMatch(JSON.stringify(error, Object.getOwnPropertyNames(error)), /assertion|PRIVATE|eyJ/);
    return true;
  });
  const foreign = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  const other = { ...server.signIn.makeKey(server.tokenUri, "second"), private_key: pem(foreign) };
  const forged = new GcpCredentials({ serviceAccountInfo: JSON.stringify(other) });
  await assert.rejects(forged.getAccessToken(), { code: "unauthorized", message: /Invalid JWT Signature/ });
});

test("should list what a test looked at, up to what is wrong", async (t) => {
  const { server, folder, credentials, keyFile } = await startCloud(t);
  assert.deepEqual(await takeSteps(credentials), [
    { name: "key", state: "ok", message: server.key.client_email },
    { name: "sign in", state: "ok", message: `as ${server.key.client_email}` },
    { name: "project", state: "ok", message: server.key.project_id },
  ]);
  const gone = new GcpCredentials({ serviceAccountFile: path.join(folder, "gone.json") });
  const [missing, ...none] = await takeSteps(gone);
  assert.deepEqual(none, []);
  assert.match(missing?.message ?? "", /key file .*gone\.json: it is not there; set serviceAccountFile/);
  server.signIn.removeKey(server.key.client_email);
  const [key, signIn] = await takeSteps(new GcpCredentials({ serviceAccountFile: keyFile }));
  assert.equal(key?.state, "ok");
  assert.equal(signIn?.state, "failed");
});

test("should ask the token endpoint that the settings name, also for application default credentials", async (t) => {
  const { server, folder } = await startCloud(t);
  const google = { ...server.key, token_uri: "https://oauth2.googleapis.com/token" };
  const file = path.join(folder, "google.json");
  writeFileSync(file, JSON.stringify(google));
  const settings = { tokenEndpoint: server.tokenUri };
  assert.match(await new GcpCredentials({ ...settings, serviceAccountFile: file }).getAccessToken(), /^ya29\./);
  const before = process.env["GOOGLE_APPLICATION_CREDENTIALS"];
  t.after(() => {
    if (before === undefined) delete process.env["GOOGLE_APPLICATION_CREDENTIALS"];
    else process.env["GOOGLE_APPLICATION_CREDENTIALS"] = before;
  });
  process.env["GOOGLE_APPLICATION_CREDENTIALS"] = file;
  const byDefault = new GcpCredentials(settings);
  assert.match(await byDefault.getAccessToken(), /^ya29\./);
  assert.equal(await byDefault.project(), server.key.project_id);
});

function pem(key: ReturnType<typeof generateKeyPairSync>["privateKey"]): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}
