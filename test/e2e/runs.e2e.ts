/** Watching, stopping, debugging and finding runs again, in a folder whose name has blanks and other letters. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { openSession } from "./kit/session.ts";
import { until } from "./kit/until.ts";

const folder = "müll räce flows";

const slow = `import { flow, log, sleep, task } from "millrace";

const step = task({
  name: "step",
  async run(n: number) {
    log.info("step " + n);
    await sleep("200ms");
    return n;
  },
});

export const slow = flow({
  async run() {
    for (let n = 1; n <= 600; n++) await step(n);
  },
});
`;

const quick = `import { flow, task } from "millrace";

const double = task({
  name: "double",
  run(n: number) {
    const result = n * 2;
    return result;
  },
});

export const quick = flow({
  async run() {
    return double(21);
  },
});
`;

function write(workspace: string, name: string, text: string): void {
  mkdirSync(path.join(workspace, "flows"), { recursive: true });
  writeFileSync(path.join(workspace, "flows", name), text);
}

test("should show a long run's log live and cancel it", { timeout: 200_000 }, async (t) => {
  const { workbench, page } = await openSession(t, { folder, prepare: (at) => write(at, "slow.ts", slow) });
  await workbench.open("slow.ts");
  const run = await workbench.runByLens();
  await run.getByRole("tab", { name: "Logs" }).click();
  // Which lines are in view depends on how quickly the page was there.
  const lines = run.getByText(/^step \d+$/);
  await lines.first().waitFor();
  const before = await lines.last().innerText();
  await until(async () => (await lines.last().innerText()) !== before, "more lines come");
  await workbench.lens("Running").waitFor();
  await workbench.screenshot("runs-live-log");
  await run.getByRole("tab", { name: "Graph" }).click();
  await run.getByRole("tab", { name: "Timeline" }).click();
  await workbench.screenshot("runs-live-timeline");
  await run.locator(".run-actions").getByText("Cancel").click();
  await run.locator(".run-title .state-label", { hasText: "Cancelled" }).waitFor();
  await workbench.lens("Cancelled").waitFor();
  await page.waitForTimeout(500);
  await workbench.screenshot("runs-cancelled");
});

test("should stop at a breakpoint, go on, and tell a stopped debugger as cancelled", {
  timeout: 200_000,
}, async (t) => {
  const { workbench, page } = await openSession(t, { folder, prepare: (at) => write(at, "quick.ts", quick) });
  await workbench.open("quick.ts");
  await workbench.lens("Debug").waitFor();
  await workbench.goToLine(7);
  await page.keyboard.press("F9");
  await page.locator(".codicon-debug-breakpoint").first().waitFor();
  await workbench.lens("Debug").click();
  await page.locator(".debug-top-stack-frame-line, .codicon-debug-stackframe").first().waitFor({ timeout: 60_000 });
  await workbench.screenshot("runs-breakpoint");
  await page.keyboard.press("F5");
  const run = await workbench.frameWith(".run-title");
  await run.locator(".run-title .state-label", { hasText: "Completed" }).waitFor();
  await page.locator(".debug-toolbar").waitFor({ state: "hidden" });
  await workbench.lens("Debug").click();
  await page.locator(".debug-top-stack-frame-line, .codicon-debug-stackframe").first().waitFor({ timeout: 60_000 });
  await page.keyboard.press("Shift+F5");
  await workbench.lens("Cancelled").waitFor();
});

test("should find its pages again after a reload, also one that was never shown", { timeout: 200_000 }, async (t) => {
  const { workbench, page } = await openSession(t, { folder, prepare: (at) => write(at, "quick.ts", quick) });
  await workbench.open("quick.ts");
  const first = await workbench.runByLens();
  await first.locator(".run-title .state-label", { hasText: "Completed" }).waitFor();
  // Kept open, then covered at once by another page.
  await page.locator(".tab", { hasText: "quick ·" }).dblclick();
  await workbench.command("Millrace: Open Run History");
  await workbench.frameWith(".history");
  const before = await workbench.tabs();
  await workbench.reload();
  assert.deepEqual(await workbench.tabs(), before);
  await workbench.frameWith(".history");
  await workbench.screenshot("runs-reloaded-history");
  await page.locator(".tab", { hasText: "quick ·" }).click();
  const again = await workbench.frameWith(".run-title");
  await again.locator(".run-title .state-label", { hasText: "Completed" }).waitFor();
  await workbench.command("View: Close Editor");
  await workbench.command("View: Reopen Closed Editor");
  const reopened = await workbench.frameWith(".run-title");
  await reopened.locator(".run-title .state-label", { hasText: "Completed" }).waitFor();
});

test("should run, read and run again with keys only", { timeout: 200_000 }, async (t) => {
  const { workbench, page } = await openSession(t, { folder, prepare: (at) => write(at, "quick.ts", quick) });
  await workbench.open("quick.ts");
  await workbench.lens("Not run yet").waitFor();
  await workbench.goToLine(12);
  await page.keyboard.press("Control+Alt+R");
  await workbench.lens("Completed").waitFor();
  // Into the page, along its tabs.
  await page.keyboard.press("Control+2");
  const run = await workbench.frameWith(".run-title");
  await run.getByRole("tab", { selected: true }).focus();
  await page.keyboard.press("End");
  await page.keyboard.press("ArrowLeft");
  await until(async () => (await run.getByRole("tab", { name: "Logs" }).getAttribute("aria-selected")) === "true");
  await page.keyboard.press("Home");
  await until(async () => (await run.getByRole("tab", { name: "Graph" }).getAttribute("aria-selected")) === "true");
  await page.keyboard.press("Control+1");
  for (const title of ["Run Flow", "New Flow", "Open Run History", "Debug Flow", "Show Flow Graph"]) {
    const titles = (await workbench.paletteTitles(`Millrace: ${title}`)).join("\n");
    assert.ok(titles.includes(title), `${title} is in the palette:\n${titles}`);
  }
});

test("should find and read flows in an untrusted folder, and say why nothing runs", { timeout: 200_000 }, async (t) => {
  const { workbench } = await openSession(t, {
    folder,
    trust: "on",
    prepare: (at) => write(at, "quick.ts", quick),
  });
  await workbench.open("quick.ts");
  await workbench.lens("Run").waitFor();
  await workbench.lens("Run").click();
  await until(async () => /needs a trusted folder/.test((await workbench.notifications()).join("\n")));
  await workbench.screenshot("runs-untrusted");
});
