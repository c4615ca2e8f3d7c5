import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { describe, it, type TestContext } from "node:test";
import { killTree } from "../../../runtime/system/kill-tree.ts";
import {
  descendantsOf,
  listProcesses,
  parseProcStat,
  parsePsList,
  parseWindowsList,
} from "../../../runtime/system/process-tree.ts";

/** A process that starts `depth` generations below itself, says every number, and waits. */
const family = `
  const { spawn } = require("node:child_process");
  const depth = Number(process.argv[1]);
  process.stdout.write(process.pid + "\\n");
  if (depth > 0) spawn(process.execPath, ["-e", process.env.FAMILY, String(depth - 1)], { stdio: "inherit" });
  setInterval(() => {}, 1000);`;

async function startFamily(test: TestContext, depth: number): Promise<{ root: ChildProcess; pids: number[] }> {
  const root = spawn(process.execPath, ["-e", family, String(depth)], {
    env: { ...process.env, FAMILY: family },
    stdio: ["ignore", "pipe", "inherit"],
  });
  test.after(() => root.kill("SIGKILL"));
  let text = "";
  for await (const chunk of root.stdout ?? []) {
    text += String(chunk);
    if (text.trim().split("\n").length === depth + 1) break;
  }
  return { root, pids: text.trim().split("\n").map(Number) };
}

function isThere(entries: readonly { readonly pid: number }[], pid: number): boolean {
  return entries.some((entry) => entry.pid === pid);
}

describe("process trees", () => {
  it("should find everything below a process and leave out a branch", () => {
    const entries = [
      { pid: 2, parent: 1, started: "" },
      { pid: 3, parent: 2, started: "" },
      { pid: 4, parent: 3, started: "" },
      { pid: 5, parent: 2, started: "" },
      { pid: 6, parent: 1, started: "" },
    ];
    const pids = (except?: number) =>
      descendantsOf(entries, 2, new Set(except === undefined ? [] : [except])).map((entry) => entry.pid);
    assert.deepEqual(pids(), [3, 5, 4]);
    assert.deepEqual(pids(3), [5]);
  });

  it("should read /proc whatever the command is called", () => {
    const rest = `S 41 ${Array.from({ length: 17 }, (_, index) => index).join(" ")} 9876 0 0`;
    assert.deepEqual(parseProcStat(42, `42 (a) (b\n c) ${rest}`), { pid: 42, parent: 41, started: "9876" });
  });

  it("should read what ps prints", () => {
    assert.deepEqual(parsePsList("    1     0 Mon Jan  5 10:00:00 2026\n  512   1 Tue Jan  6 11:00:00 2026    \n"), [
      { pid: 1, parent: 0, started: "Mon Jan  5 10:00:00 2026" },
      { pid: 512, parent: 1, started: "Tue Jan  6 11:00:00 2026" },
    ]);
  });

  it("should not take a younger process for the parent of an older one on Windows", () => {
    const entries = parseWindowsList("10 4 900\r\n20 10 500\r\n30 10 950\r\n4 0 \r\n");
    assert.deepEqual(
      descendantsOf(entries, 10).map((entry) => entry.pid),
      [30],
    );
  });

  it("should end a process with its children and theirs", async (test) => {
    const { root, pids } = await startFamily(test, 2);
    const gone = once(root, "exit");
    const killed = await killTree(pids[0] ?? 0);
    await gone;
    assert.deepEqual([...killed].sort(), [...pids].sort());
    const left = await listProcesses();
    for (const pid of pids.slice(1)) {
      // A killed grandchild may be a zombie until init has collected it; what matters is that it was signalled.
      assert.ok(killed.includes(pid) || !isThere(left, pid));
    }
  });

  it("should keep the root and a spared branch when told so", async (test) => {
    const { root, pids } = await startFamily(test, 2);
    const [first, second, third] = pids;
    assert.deepEqual(await killTree(first ?? 0, { keepRoot: true, except: [second ?? 0] }), []);
    assert.deepEqual(await killTree(first ?? 0, { keepRoot: true, except: [third ?? 0] }), [second]);
    assert.equal(root.exitCode, null);
    process.kill(third ?? 0, "SIGKILL");
  });

  it("should do nothing for a process that is not there", async () => {
    assert.deepEqual(await killTree(2 ** 22 - 3), []);
  });
});
