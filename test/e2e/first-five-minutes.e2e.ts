/** The script that a new user's first minutes follow: an empty folder, nothing installed but the extension. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import path from "node:path";
import { test } from "node:test";
import type { FrameLocator } from "playwright-core";
import { openSession } from "./kit/session.ts";
import { until } from "./kit/until.ts";

test("should take a new user from an empty folder to a resumed run", { timeout: 280_000 }, async (t) => {
  const { vscode, workbench, page, outside } = await openSession(t);

  // An empty folder: the view says what to do.
  await workbench.container("Millrace");
  const flowView = await workbench.frameWith("text=New Flow");
  await workbench.screenshot("five-1-empty");
  await flowView.getByText("New Flow", { exact: true }).click();

  // New Flow asks one thing.
  await workbench.quickInput.waitFor();
  await workbench.quickInput.fill("hello");
  await page.keyboard.press("Enter");
  await page.locator(".tab", { hasText: "hello.ts" }).waitFor();
  await workbench.lens("Not run yet").waitFor();
  assert.deepEqual(await workbench.lenses(), ["Run", "Debug", "Deploy", "Not run yet"]);
  await workbench.squiggles().waitFor({ state: "hidden" });
  const body = await workbench.lineOf("async run({ words })");
  await until(async () => /words: string\[\]/.test(await workbench.hoverAt(body, 15)));
  assert.equal(await workbench.squiggles().count(), 0);
  await workbench.screenshot("five-2-starter");

  // One click runs it, beside the code, and the focus stays where it was.
  const run = await workbench.runByLens();
  await seeState(run, "Completed");
  assert.equal(await page.evaluate(() => document.activeElement?.closest(".monaco-editor") !== null), true);
  await workbench.lens("Completed").waitFor();
  await workbench.screenshot("five-3-completed");

  // The line that the starter offers to break.
  await workbench.goToLine(await workbench.lineOf("throw new Error"));
  await page.keyboard.press("Control+/");
  await workbench.lens("Run").click();
  await workbench.lens("Failed").waitFor();
  await workbench.squiggles().first().waitFor();
  const failed = await workbench.frameWith(".run-title");
  await seeState(failed, "Failed");
  await workbench.screenshot("five-4-failed");

  // The moment after the fix: what was done is kept.
  await page.locator(".tab", { hasText: "hello.ts" }).first().click();
  await workbench.goToLine(await workbench.lineOf("throw new Error"));
  await page.keyboard.press("Control+/");
  await page.keyboard.press("Control+S");
  await failed.locator(".run-actions").getByText("Resume").click();
  const plan = failed.getByRole("region", { name: "Resume" });
  await plan.getByText(/kept/i).first().waitFor();
  await workbench.screenshot("five-5-plan");
  await plan.getByText("Resume", { exact: true }).last().click();
  await seeState(failed, "Completed");
  await workbench.lens("Completed").waitFor();
  await workbench.squiggles().waitFor({ state: "hidden" });
  await workbench.screenshot("five-6-resumed");

  // The terminal knows the same runs.
  const listed = execFileSync(path.join(vscode.home, "bin", "millrace"), ["runs", "ls", "--json"], {
    encoding: "utf8",
    env: { ...process.env, MILLRACE_HOME: vscode.home },
  });
  assert.match(listed, /"COMPLETED"/);
  assert.deepEqual(await workbench.notifications(), []);
  assert.deepEqual([...outside], []);
});

async function seeState(page: FrameLocator, word: string): Promise<void> {
  await page.locator(".run-title .state-label", { hasText: word }).first().waitFor();
}
