import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { currentWriter, processState } from "../../../runtime/system/process-identity.ts";

const self = currentWriter("0.1.0");

test("should know this process as alive", () => {
  assert.equal(self.pid, process.pid);
  assert.equal(self.millrace, "0.1.0");
  assert.notEqual(self.start_time, "");
  assert.equal(processState(self), "alive");
});

test("should take a process with the same pid and another start for another one", () => {
  const other = String(Number(self.start_time) + 1_000_000);
  assert.equal(processState({ ...self, start_time: other }), "dead");
});

test("should tell a living child from a dead one", async () => {
  const child = spawn(process.execPath, [
    "--experimental-strip-types",
    "--disable-warning=ExperimentalWarning",
    "--input-type=module-typescript",
    "--eval",
    `import { currentWriter } from ${JSON.stringify(new URL("../../../runtime/system/process-identity.ts", import.meta.url))};
     console.log(JSON.stringify(currentWriter("x")));
     setInterval(() => {}, 1000);`,
  ]);
  const [line] = await once(child.stdout, "data");
  const identity = JSON.parse(String(line));
  assert.equal(identity.pid, child.pid);
  assert.equal(processState(identity), "alive");
  assert.equal(processState({ ...identity, start_time: String(Number(identity.start_time) - 1_000_000) }), "dead");
  child.kill("SIGKILL");
  await once(child, "exit");
  assert.equal(processState(identity), "dead");
});

test("should not judge processes of another host, pid namespace or system", () => {
  assert.equal(processState({ ...self, host: "elsewhere", pid: 1 }), "unknown");
  assert.equal(processState({ ...self, boot_id: "plan9" }), "unknown");
  assert.equal(processState({ ...self, boot_id: "" }), "unknown");
});

test("should hold a process from before a restart of the machine for dead", {
  skip: process.platform !== "linux",
}, () => {
  const [platform, boot, ...namespace] = self.boot_id.split(":");
  assert.equal(processState({ ...self, boot_id: [platform, "another", ...namespace].join(":") }), "dead");
  assert.equal(processState({ ...self, boot_id: `${platform}:${boot}:pid:[1]` }), "unknown");
});

test("should not know a process whose start is not known, only that it is gone", {
  skip: process.platform !== "linux",
}, () => {
  assert.equal(processState({ ...self, pid: process.ppid, start_time: "" }), "unknown");
  assert.equal(processState({ ...self, pid: 0x3fffff, start_time: "" }), "dead");
});
