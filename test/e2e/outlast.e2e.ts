/** What a run outlasts: the service's death, an update of the extension. And the terminal, which is another way in. */
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { FrameLocator } from "playwright-core";
import { makeVsix } from "../../scripts/package.mjs";
import { openSession } from "./kit/session.ts";
import { until } from "./kit/until.ts";

/** Goes on until the file is there. */
const patient = `import { existsSync } from "node:fs";
import { flow, log, sleep, task } from "millrace";

const step = task({
  name: "step",
  run(n: number) {
    log.info("step " + n);
  },
});

export const patient = flow({
  async run() {
    for (let n = 1; !existsSync(import.meta.dirname + "/enough"); n++) {
      await step(n);
      await sleep("200ms");
    }
    return "had enough";
  },
});
`;

const prepare = (at: string): void => {
  mkdirSync(path.join(at, "flows"), { recursive: true });
  writeFileSync(path.join(at, "flows", "patient.ts"), patient);
};

const enough = (workspace: string): void => writeFileSync(path.join(workspace, "flows", "enough"), "");

/** Who runs the home: the last file owner.<n>. */
function owner(home: string): { readonly pid: number; readonly version: string } {
  const epochs = readdirSync(home).flatMap((name) => /^owner\.(\d+)$/.exec(name)?.[1] ?? []);
  const last = Math.max(...epochs.map(Number));
  const { writer } = JSON.parse(readFileSync(path.join(home, `owner.${last}`), "utf8"));
  return { pid: writer.pid, version: writer.millrace };
}

/** How far the log on the page is. */
async function lastStep(page: FrameLocator): Promise<number> {
  const texts = await page.locator(".log-row, [role=row]").allInnerTexts();
  return Math.max(0, ...texts.flatMap((text) => /step (\d+)/.exec(text)?.[1] ?? []).map(Number));
}

async function grows(page: FrameLocator, from: number): Promise<void> {
  await until(async () => (await lastStep(page)) > from + 3, "the log goes on");
}

test("should say that the service is gone, find it again, and let the run go on", { timeout: 200_000 }, async (t) => {
  const { vscode, workbench, workspace } = await openSession(t, { prepare });
  await workbench.open("patient.ts");
  const run = await workbench.runByLens();
  await run.getByRole("tab", { name: "Logs" }).click();
  await run
    .getByText(/^step \d+$/)
    .first()
    .waitFor();
  const before = owner(vscode.home).pid;
  const seen = await lastStep(run);
  // What the page says of it stands there for an instant only: another one is up soon.
  await run.locator("body").evaluate((body) => {
    new MutationObserver(() => {
      const said = body.querySelector(".run-notices")?.textContent;
      if (said) body.dataset["said"] = said;
    }).observe(body, { childList: true, subtree: true });
  });
  process.kill(before, "SIGKILL");
  await until(async () => owner(vscode.home).pid !== before);
  await grows(run, seen);
  // Which of the two depends on who looks first: the page's own line broke, or nobody is at its other end.
  const said = (await run.locator("body").getAttribute("data-said")) ?? "";
  assert.match(said, /Live updates are lost, reconnecting|service is not running/);
  assert.equal(await run.locator(".run-notices").count(), 0);
  enough(workspace);
  await run.locator(".run-title .state-label", { hasText: "Completed" }).waitFor();
  await workbench.lens("Completed").waitFor();
  assert.deepEqual(await workbench.notifications(), []);
});

test("should go on and be shown when the extension is updated under it", { timeout: 280_000 }, async (t) => {
  const { vscode, workbench, workspace } = await openSession(t, { prepare });
  await workbench.open("patient.ts");
  const first = await workbench.runByLens();
  await first.getByRole("tab", { name: "Logs" }).click();
  await first
    .getByText(/^step \d+$/)
    .first()
    .waitFor();
  const [seen, before] = [await lastStep(first), owner(vscode.home)];
  const version = before.version.replace(/\d+$/, (patch) => String(Number(patch) + 1));
  vscode.install(makeVsix({ version }));
  await workbench.reload();
  const run = await workbench.frameWith(".run-title");
  await run.locator(".run-title .state-label", { hasText: "Running" }).waitFor();
  await run.getByRole("tab", { name: "Logs" }).click();
  await grows(run, seen);
  await workbench.screenshot("outlast-updated");
  // The new version's service has taken over, and the run is the one of before.
  await until(async () => owner(vscode.home).version === version);
  await workbench.container("Millrace");
  await until(async () => (await workbench.treeItems("Runs")).length === 1);
  enough(workspace);
  await run.locator(".run-title .state-label", { hasText: "Completed" }).waitFor();
  await workbench.lens("Completed").waitFor();
});

test("should have the command in the integrated terminal, with only the extension installed", {
  timeout: 200_000,
}, async (t) => {
  const { workbench, workspace, page } = await openSession(t, {
    prepare,
    settings: { "terminal.integrated.gpuAcceleration": "off", "terminal.integrated.shellIntegration.enabled": false },
  });
  enough(workspace);
  await workbench.open("patient.ts");
  await workbench.lens("Run").click();
  await workbench.lens("Completed").waitFor();
  await workbench.command("Terminal: Create New Terminal");
  const terminal = page.locator(".terminal-wrapper.active .xterm-rows");
  await terminal.waitFor();
  await until(async () => /[$#%>]/.test(await terminal.innerText()));
  await page.keyboard.type("millrace runs ls\n");
  await until(async () => /patient .*Completed|Completed .*patient/i.test(await terminal.innerText()));
  await workbench.screenshot("outlast-terminal");
});
