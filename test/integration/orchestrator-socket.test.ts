import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { realDisk } from "../../runtime/journal/disk.ts";
import { readLiveEntry } from "../../runtime/journal/live.ts";
import { testHome, until, untilEnded } from "../support/orchestrator.ts";

test("should take away the socket that a killed runner has left", { skip: process.platform === "win32" }, async (t) => {
  const place = testHome(t);
  const client = await place.start();
  const run = await place.run(client, "stubborn", { mark: place.mark("pid") });
  await until(() => existsSync(place.mark("pid")));
  const socket = readLiveEntry(realDisk, place.home, run.id)?.socket ?? "";
  await until(() => existsSync(socket));
  process.kill(Number(readFileSync(place.mark("pid"), "utf8")), "SIGKILL");
  assert.equal((await untilEnded(client, run.id)).state_type, "CRASHED");
  assert.equal(existsSync(socket), false);
});
