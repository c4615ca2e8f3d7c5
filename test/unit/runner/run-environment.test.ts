import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { applyRunEnvironment } from "../../../runtime/runner/run-environment.ts";
import { nearestEnvironmentFile, secretsIn } from "../../../runtime/system/environment-file.ts";
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

test("should keep secret what is plainly no word, number, path or address", () => {
  const ordinary = {
    REGION: "europe-west1",
    BUCKET: "ny_taxi_trips",
    GREETING: "Hello World",
    STARTED: "2021-01-31 23:59:00",
    VERSION: "22.15.1.4711",
    DATA: "/usr/share/data-4711-x",
    HERE: "C:\\data\\4711",
    HOST: "db-4711.example.com:5432",
    HOME_PAGE: "https://example.com/a4711",
    FROM: "ann4711@example.com",
    DEBUG: "false",
    SHORT: "a1b2c3",
  };
  for (const [name, value] of Object.entries(ordinary)) assert.deepEqual(secretsIn(name, value), [], name);
  for (const value of ["planted-value-4711", "dGhpc0lzTm9Xb3JkQXRBbGw", "9f86d081884c7d659a2f", '{"a":"b c d"}']) {
    assert.deepEqual(secretsIn("MINE", value), [value]);
  }
});

test("should find the file beside the nearest millrace.json, else in the working folder", (t) => {
  const top = temporaryFolder(t);
  const deep = path.join(top, "flows", "deep");
  mkdirSync(deep, { recursive: true });
  writeFileSync(path.join(top, ".env"), "");
  writeFileSync(path.join(top, "flows", ".env"), "");
  assert.equal(nearestEnvironmentFile(deep), undefined);
  assert.equal(nearestEnvironmentFile(deep, top), path.join(top, ".env"));
  writeFileSync(path.join(top, "flows", "millrace.json"), "{}");
  assert.equal(nearestEnvironmentFile(deep, top), path.join(top, "flows", ".env"));
});
