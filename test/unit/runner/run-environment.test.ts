import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { applyRunEnvironment, secretsIn } from "../../../runtime/runner/run-environment.ts";
import { redact } from "../../../runtime/system/redaction.ts";
import { temporaryFolder } from "../../support/places.ts";

test("should read the variables of the file that is named, and let what is set already win", (t) => {
  const file = path.join(temporaryFolder(t), "my.env");
  writeFileSync(file, "# comment\nREGION=eu\nPORT=5432\r\nexport QUOTED=\"a b\"\nAPI_TOKEN='s3cr3t-value'\n");
  const target: NodeJS.ProcessEnv = { REGION: "us" };
  applyRunEnvironment({ MILLRACE_ENV_FILE: file, EXTRA: "1" }, target);
  assert.equal(target["REGION"], "us");
  assert.equal(target["PORT"], "5432");
  assert.equal(target["QUOTED"], "a b");
  assert.equal(target["EXTRA"], "1");
  assert.equal(redact("token s3cr3t-value at 5432"), "token ******** at 5432");
});

test("should say which file cannot be read and what names it", () => {
  const named = { MILLRACE_ENV_FILE: path.resolve("/nowhere/.env") };
  assert.throws(() => applyRunEnvironment(named, {}), { code: "bad-file", message: /nowhere.*millrace\.envFile/ });
});

test("should keep secret what is named as a secret, and the password of an address", () => {
  assert.deepEqual(secretsIn("DB_PASSWORD", "hunter22"), ["hunter22"]);
  assert.deepEqual(secretsIn("DATABASE_URL", "postgres://me:p%40ss@host/db"), ["p%40ss", "p@ss"]);
  assert.deepEqual(secretsIn("LOG_LEVEL", "info"), []);
});

test("should keep a password secret that holds a percent sign as it is", () => {
  assert.deepEqual(secretsIn("DATABASE_URL", "postgres://me:100%sure@host/db"), ["100%sure"]);
});

test("should do nothing without a file", () => {
  const target: NodeJS.ProcessEnv = {};
  applyRunEnvironment(undefined, target);
  assert.deepEqual(target, {});
});
