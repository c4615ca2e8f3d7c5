/** A flow from its lens to a schedule that fires, is turned off, is run by hand with another parameter, and is deleted. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { FrameLocator } from "playwright-core";
import { openSession } from "./kit/session.ts";
import { until } from "./kit/until.ts";

const flow = `import { flow, log, z } from "millrace";

export const etl = flow({
  name: "etl",
  parameters: z.object({ color: z.enum(["yellow", "green"]).default("yellow"), month: z.int().min(1).max(12).default(1) }),
  async run({ color, month }) {
    log.info("loading " + color + " trips of month " + month);
    return color;
  },
});
`;

function prepare(workspace: string): void {
  mkdirSync(path.join(workspace, "flows"), { recursive: true });
  writeFileSync(path.join(workspace, "flows", "etl.ts"), flow);
  writeFileSync(path.join(workspace, "millrace.json"), '{\n  // Ours.\n  "deployments": []\n}\n');
}

test("should deploy from the lens, watch the schedule fire, turn it off, and run it by hand with another parameter", {
  timeout: 400_000,
}, async (t) => {
  const { workbench, page, workspace } = await openSession(t, { prepare, viewport: { width: 1500, height: 1000 } });
  await workbench.container("Millrace");
  await page.locator(".pane-header", { hasText: "Deployments" }).click();
  await workbench.open("etl.ts");
  await workbench.lens("Deploy").waitFor();
  await workbench.lens("Deploy").click();

  const deploy = await workbench.frameWith(".deploy-page");
  await deploy.locator("#deploy-parameters-month").waitFor();
  await fill(deploy, "Name", "often");
  await deploy.getByText("Add Schedule").click();
  await deploy.getByText("At 05:00", { exact: false }).first().waitFor();
  await workbench.screenshot("deploy-1-cron");
  await fill(deploy, "Cron", "61 5 * * *");
  await deploy.locator(".field-problem", { hasText: "61" }).first().waitFor();
  await workbench.screenshot("deploy-2-invalid");
  await deploy.getByText("Every so often").click();
  await fill(deploy, "Every", "3s");
  await deploy.getByText("Every 3s").waitFor();
  const outcome = deploy.locator(".deploy-actions [role=status]");
  await outcome.getByText(/New · /).waitFor();
  await outcome.getByText(/millrace\.json, \+\d+/).waitFor();
  await workbench.screenshot("deploy-3-plan");

  // What is written is shown before it is.
  await outcome.getByText(/millrace\.json, \+/).click();
  await page.locator(".tab", { hasText: "now and once deployed" }).waitFor();
  await page.locator(".monaco-diff-editor .line-insert").first().waitFor();
  await workbench.screenshot("deploy-4-diff");
  await page.locator(".tab", { hasText: "Deploy etl" }).first().click();
  const back = await workbench.frameWith(".deploy-page");
  await back.getByText("Every 3s").waitFor();
  assert.doesNotMatch(readFileSync(path.join(workspace, "millrace.json"), "utf8"), /often/);
  await back.locator(".deploy-actions mr-button", { hasText: "Deploy" }).first().click();

  // It is written and kept with what somebody else has put there, and fires.
  const file = path.join(workspace, "millrace.json");
  await until(async () => readFileSync(file, "utf8").includes('"often"'));
  assert.match(readFileSync(file, "utf8"), /\/\/ Ours\.[\s\S]*"flow": "flows\/etl\.ts:etl"[\s\S]*"interval": "3s"/);
  await workbench.treeItem(/Deployment, often/).waitFor();
  const saved = await workbench.frameWith(".deploy-facts");
  await saved.getByRole("heading", { name: "etl · often" }).waitFor();
  await until(async () => (await workbench.treeItems("Runs")).length > 0);
  await workbench.treeItem(/Deployment, often, .*last run Completed/i).waitFor();
  await workbench.screenshot("deploy-5-fires");

  await saved.getByText("Turn Schedule Off").click();
  await saved.getByText("Its schedule is off").waitFor();
  await workbench.screenshot("deploy-6-off");

  // By hand, with another parameter.
  await saved.getByRole("button", { name: "More Actions" }).click();
  await saved.getByRole("menuitem", { name: "Run with…" }).click();
  const form = await workbench.frameWith(".run-new");
  await form.getByText("as the deployment often says").waitFor();
  await form.getByText("green").click();
  await form.locator(".run-new .toolbar mr-button", { hasText: "Run" }).first().click();
  const run = await workbench.frameWith(".run-title");
  await run.locator(".run-title .state-label", { hasText: "Completed" }).waitFor();
  await run.locator(".run-facts", { hasText: /copy [0-9a-f]{8}/ }).waitFor();
  await run.getByText(/often v1/).waitFor();
  await workbench.screenshot("deploy-7-by-hand");

  await workbench.open("millrace.json");
  await workbench.lens("Deployed").waitFor();
  await workbench.screenshot("deploy-8-json");
  await workbench.command("Millrace: Open Run History");
  const history = await workbench.frameWith(".history");
  await history.locator(".run-table, .history-body").first().waitFor();
  await workbench.screenshot("deploy-9-history");

  // Every theme, and a narrow page.
  await workbench.treeItem(/Deployment, often/).click();
  for (const [theme, name] of [
    ["Light Modern", "light"],
    ["Dark High Contrast", "contrast"],
    ["Light High Contrast", "contrast-light"],
  ] as const) {
    await workbench.theme(theme);
    await (await workbench.frameWith(".deploy-page")).getByText("Every 3s").waitFor();
    await workbench.screenshot(`deploy-${name}`);
  }
  await page.setViewportSize({ width: 700, height: 900 });
  await workbench.screenshot("deploy-narrow");
});

async function fill(frame: Pick<FrameLocator, "locator">, label: string, text: string): Promise<void> {
  await frame.locator(`mr-text-field[aria-label="${label}"] input`).first().fill(text);
}
