/** A log of a million lines, scrolled on the page and opened as a document. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { openSession } from "./kit/session.ts";

const chatty = `import { flow, log, sleep } from "millrace";

export const chatty = flow({
  async run() {
    for (let n = 1; n <= 1_000_000; n++) {
      log.info("downloaded part " + n);
      if (n % 10_000 === 0) await sleep(1);
    }
  },
});
`;

test("should scroll a log of a million lines and open it as a document", { timeout: 600_000 }, async (t) => {
  const { workbench, page } = await openSession(t, {
    environment: { MILLRACE_LOG_LIMIT: "400" },
    prepare(at) {
      mkdirSync(path.join(at, "flows"), { recursive: true });
      writeFileSync(path.join(at, "flows", "chatty.ts"), chatty);
    },
  });
  await workbench.open("chatty.ts");
  const run = await workbench.runByLens();
  await run.getByRole("tab", { name: "Logs" }).click();
  await run.locator(".run-title .state-label", { hasText: "Completed" }).waitFor({ timeout: 240_000 });
  await run.getByText(/^1,000,000 lines$/).waitFor();
  const lines = run.locator(".log-lines, [role=grid], .virtual-rows").first();
  // The end was followed; from there to the beginning and back by keys.
  await run.getByText("downloaded part 1000000", { exact: true }).waitFor();
  await lines.focus();
  await page.keyboard.press("Control+Home");
  await run.getByText("downloaded part 1", { exact: true }).waitFor();
  for (let press = 0; press < 20; press++) await page.keyboard.press("PageDown");
  await run
    .getByText(/^downloaded part [3-9]\d\d$/)
    .first()
    .waitFor();
  await page.keyboard.press("Control+End");
  await run.getByText("downloaded part 1000000", { exact: true }).waitFor();
  await workbench.screenshot("long-log-page");

  await run.getByRole("button", { name: "Open as Document" }).click();
  await page.locator(".tab.active", { hasText: ".log" }).waitFor({ timeout: 60_000 });
  // In a browser the editor asks before it shows more than 50 MB.
  await page.locator(".monaco-button", { hasText: "Open Anyway" }).click();
  await page
    .locator(".editor-instance .view-line", { hasText: "downloaded part 1" })
    .first()
    .waitFor({ timeout: 60_000 });
  await page.keyboard.press("Control+End");
  await page.locator(".editor-instance .view-line", { hasText: "downloaded part 1000000" }).first().waitFor();
  await workbench.screenshot("long-log-document");
  assert.equal(await page.locator(".tab", { hasText: ".log" }).count(), 1);
});
