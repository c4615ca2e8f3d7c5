/** What can become of a deployment on its page: versions and the way back, a closed tab, a backfill, and every trouble. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { FrameLocator } from "playwright-core";
import { openSession } from "./kit/session.ts";
import { until } from "./kit/until.ts";
import type { Workbench } from "./kit/workbench.ts";

const flow = (parameters: string): string => `import { flow, log, z } from "millrace";

export const etl = flow({
  name: "etl",
  parameters: z.object({ ${parameters} }),
  async run(given) {
    log.info("loading " + JSON.stringify(given));
  },
});
`;
const usual = 'day: z.string().default("today"), month: z.int().min(1).max(12).default(1)';

const declared = `{
  // Ours.
  "deployments": [
    { "flow": "flows/etl.ts:etl", "name": "daily", "schedules": [{ "cron": "0 5 * * *", "timezone": "UTC" }] },
    { "flow": "flows/etl.ts:etl", "name": "declared" }
  ]
}
`;

function prepare(workspace: string): void {
  mkdirSync(path.join(workspace, "flows"), { recursive: true });
  writeFileSync(path.join(workspace, "flows", "etl.ts"), flow(usual));
  writeFileSync(path.join(workspace, "millrace.json"), declared);
}

/** As somebody may have it: dark, light, and in a narrow half. */
async function looks(workbench: Workbench, name: string): Promise<void> {
  const { page } = workbench;
  await workbench.screenshot(`deployments-${name}`);
  await workbench.theme("Light Modern");
  await page.waitForTimeout(400);
  await workbench.screenshot(`deployments-${name}-light`);
  await page.setViewportSize({ width: 760, height: 1000 });
  await page.waitForTimeout(400);
  await workbench.screenshot(`deployments-${name}-narrow`);
  await page.setViewportSize({ width: 1500, height: 1000 });
  await workbench.theme("Dark Modern");
}

async function fill(frame: Pick<FrameLocator, "locator">, label: string, text: string): Promise<void> {
  await frame.locator(`mr-text-field[aria-label="${label}"] input`).first().fill(text);
}

test("should show versions and the way back, keep what a closed tab held, backfill, and say what is wrong", {
  timeout: 600_000,
}, async (t) => {
  const { workbench, page, workspace, vscode } = await openSession(t, {
    prepare,
    viewport: { width: 1500, height: 1000 },
  });
  const millrace = (...words: readonly string[]): string =>
    execFileSync(path.join(vscode.home, "bin", "millrace"), words, {
      cwd: workspace,
      encoding: "utf8",
      env: { ...process.env, MILLRACE_HOME: vscode.home },
    });
  const deployPage = (): Promise<FrameLocator> => workbench.frameWith(".deploy-page");
  /** A busy editor may open it a while after the click, or put something else in front. */
  const openDaily = async (): Promise<void> => {
    for (let tries = 0; tries < 10; tries++) {
      await workbench.treeItem(/Deployment, daily/).click();
      await page.waitForTimeout(1500);
      if ((await page.locator(".tab.active", { hasText: "etl · daily" }).count()) > 0) return;
    }
  };
  await workbench.container("Millrace");
  await page.locator(".pane-header", { hasText: "Deployments" }).click();
  await workbench.open("etl.ts");
  await workbench.lens("Run").click();
  await (await workbench.frameWith(".run-title")).locator(".state-label", { hasText: "Completed" }).first().waitFor();

  // Declared here, deployed nowhere.
  await workbench.treeItem(/declared.*not deployed here/i).click();
  await (await deployPage()).getByText("on this computer it is not deployed").waitFor();
  await looks(workbench, "declared");

  // Two versions, what each changed, and back.
  millrace("deploy", "-n", "daily");
  const file = path.join(workspace, "millrace.json");
  writeFileSync(file, declared.replace("0 5 * * *", "30 6 * * *"));
  millrace("deploy", "-n", "daily");
  writeFileSync(file, declared);
  await workbench.treeItem(/Deployment, daily/).click();
  const known = await deployPage();
  await known.getByRole("heading", { name: "etl · daily" }).waitFor();
  await known.getByText("Version 1", { exact: true }).click();
  await known.getByText("Going back would change:").waitFor();
  await known.getByText("Go Back to This Version").scrollIntoViewIfNeeded();
  await looks(workbench, "versions");
  await (await deployPage()).getByText("Go Back to This Version").click();
  const dialog = page.locator(".monaco-dialog-box");
  await dialog.getByText("Go back to version 1 of etl · daily?").waitFor();
  await workbench.screenshot("deployments-go-back");
  await dialog.getByRole("button", { name: "Go Back" }).click();
  await (await deployPage()).locator(".deploy-facts", { hasText: "version 3" }).waitFor();
  assert.match(millrace("deployments", "show", "etl/daily"), /At 05:00|05:00/);

  // What is typed outlives its tab.
  await fill(await deployPage(), "Cron", "15 7 * * *");
  await (await deployPage()).getByText("not deployed yet").waitFor();
  await page.waitForTimeout(3000);
  const tab = page.locator(".tab.active", { hasText: "etl · daily" });
  await tab.hover();
  await tab.locator(".tab-actions a").first().click();
  await openDaily();
  await (await deployPage()).getByText("changes that you made earlier and did not deploy").waitFor();
  assert.equal(
    await (await deployPage()).locator('mr-text-field[aria-label="Cron"] input').first().inputValue(),
    "15 7 * * *",
  );
  await looks(workbench, "kept");

  // The file changes on the disk meanwhile.
  writeFileSync(file, declared.replace("0 5 * * *", "0 8 * * *"));
  await (await deployPage()).getByText("was changed on the disk while you edited").waitFor();
  await looks(workbench, "conflict");
  await (await deployPage()).getByText("Take what the file says").click();
  writeFileSync(file, declared);

  // Nobody to deploy with.
  await workbench.command("Millrace: Stop Millrace Service", { asks: true });
  await dialog.getByRole("button", { name: "Stop", exact: true }).click();
  await (await deployPage()).getByText("The Millrace service is not running: the file").waitFor();
  await looks(workbench, "offline");
  await (await deployPage()).getByText("Start", { exact: true }).first().click();
  await until(
    async () => (await (await deployPage()).getByText("The Millrace service is not running: the file").count()) === 0,
  );

  // A backfill: days, preview, progress.
  await workbench.command("Millrace: Backfill", { asks: true });
  const picker = page.locator(".quick-input-widget");
  const row = (text: string) => page.locator(".quick-input-list .monaco-list-row", { hasText: text }).first();
  await row("daily")
    .click({ timeout: 4000 })
    .catch(() => undefined);
  for (const day of ["2026-01-01", "2026-01-04"]) {
    await picker.getByText("belongs to it").first().waitFor();
    await workbench.quickInput.fill(day);
    await page.keyboard.press("Enter");
    await page.waitForTimeout(300);
  }
  await row("day").click();
  await picker.getByText("at the same time").waitFor();
  await workbench.quickInput.fill("2");
  await page.keyboard.press("Enter");
  await row("Start 4 runs").waitFor();
  await workbench.screenshot("deployments-backfill-preview");
  await row("Start 4 runs").click();
  const history = await workbench.frameWith(".backfill");
  await history.getByText(/Done\. 4 of 4 are complete/).waitFor();
  await history.getByText("day=2026-01-04T05:00:00Z").waitFor();
  await looks(workbench, "backfill");
  assert.match(millrace("backfill", "ls", "--json"), /2026-01-04T05:00:00Z/);

  // The flow has changed since: its parameters, then its name.
  const changeCode = async (text: string): Promise<void> => {
    // What is saved in the editor is looked at; so it is changed there.
    await workbench.open("etl.ts");
    await page.locator(".editor-instance .monaco-editor .view-lines").first().click();
    await page.keyboard.press("Control+A");
    await page.keyboard.insertText(text);
    await page.keyboard.press("Control+S");
    await openDaily();
  };
  await changeCode(flow("day: z.string(), year: z.int()"));
  await (await deployPage()).locator(".banner-warning, .banner-error").first().waitFor();
  await looks(workbench, "drift-schema");
  await changeCode(flow(usual).replaceAll("etl", "load"));
  await (await deployPage()).locator(".banner-error").first().waitFor();
  await looks(workbench, "drift-gone");
  assert.match(readFileSync(file, "utf8"), /\/\/ Ours\./);

  // A second pool, and nobody who polls it.
  millrace("pools", "create", "big", "--limit", "4");
  millrace("pools", "queue", "big", "urgent", "--priority", "1");
  const pools = page.locator(".pane-header", { hasText: "Work Pools" });
  await pools.waitFor();
  await pools.click();
  await workbench.treeItem(/big/).waitFor();
  await looks(workbench, "pools");
});

test("should let a Deploy page be read in a folder that is not trusted, and change nothing", {
  timeout: 300_000,
}, async (t) => {
  const { workbench, page } = await openSession(t, { prepare, trust: "on", viewport: { width: 1500, height: 1000 } });
  const no = page.getByRole("button", { name: /No, I don't trust/ });
  await no.click({ timeout: 20_000 }).catch(() => undefined);
  await workbench.container("Millrace");
  await page.locator(".pane-header", { hasText: "Deployments" }).click();
  await workbench.treeItem(/declared.*not deployed here/i).click();
  const deploy = await workbench.frameWith(".deploy-page");
  await deploy.getByText("Restricted Mode: deploying is off").waitFor();
  await looks(workbench, "restricted");
  assert.equal(await deploy.locator(".deploy-actions mr-button[disabled]").count(), 1);
});
