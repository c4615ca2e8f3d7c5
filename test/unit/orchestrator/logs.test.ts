import assert from "node:assert/strict";
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { createLog } from "../../../runtime/orchestrator/log.ts";
import { logPage } from "../../../runtime/orchestrator/runs/log-page.ts";
import { homePaths, runPaths } from "../../../runtime/protocol/home.ts";
import { newId } from "../../../runtime/protocol/ids.ts";
import { temporaryFolder } from "../../support/places.ts";

test("should give a run's log page by page, without losing or repeating a line", async (t) => {
  const home = temporaryFolder(t);
  const id = newId();
  const folder = homePaths.run(home, id);
  mkdirSync(folder, { recursive: true });
  const line = (n: number) =>
    `${JSON.stringify({ at: n, level: n % 2 ? 20 : 30, message: `é${"x".repeat(n * 40)}`, name: "log", flow_run_id: n % 5 ? id : "sub" })}\n`;
  writeFileSync(runPaths.logs(folder), Array.from({ length: 200 }, (_, n) => line(n)).join(""));
  appendFileSync(runPaths.logs(folder), '{"at": 999, "half');
  const seen: number[] = [];
  let after = 0;
  for (;;) {
    const page = await logPage(home, id, id, { after, limit: 7 });
    seen.push(...page.logs.map(({ at }) => at));
    if (page.logs.length === 0) break;
    after = page.next;
  }
  assert.deepEqual(
    seen,
    Array.from({ length: 200 }, (_, n) => n),
  );
  appendFileSync(runPaths.logs(folder), '": 1, "level": 20, "message": "m", "name": "log", "flow_run_id": "x"}\n');
  assert.equal((await logPage(home, id, id, { after })).logs[0]?.at, 999);
  assert.equal((await logPage(home, id, id, { level: 30 })).logs.length, 100);
  assert.equal((await logPage(home, id, "sub", {})).logs.length, 40);
  assert.deepEqual(await logPage(home, newId(), "none", {}), { logs: [], next: 0 });
});

test("should keep the orchestrator's own log below its size with one older generation", (t) => {
  const file = path.join(temporaryFolder(t), "orchestrator.log");
  const log = createLog(file, 1000);
  for (let n = 0; n < 50; n++) log.info(`message ${n}`);
  log.error("it failed", new Error("because"));
  assert.ok(readFileSync(file).length <= 1000 + 500);
  assert.match(readFileSync(file, "utf8"), /it failed: Error: because/);
  assert.ok(existsSync(`${file}.1`));
});
