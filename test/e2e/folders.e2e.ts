/** Several folders in one window, a folder that is trusted later, and two windows on one home. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { openSession } from "./kit/session.ts";
import { until } from "./kit/until.ts";

const etl = `import { flow, task } from "millrace";

const report = task({
  name: "report",
  run: () => "for client " + process.env.CLIENT,
});

export const etl = flow({
  name: "etl",
  async run() {
    return report();
  },
});
`;

const slow = `import { flow, log, sleep } from "millrace";

export const slow = flow({
  async run() {
    for (let n = 1; n <= 600; n++) {
      log.info("step " + n);
      await sleep("200ms");
    }
  },
});
`;

function write(folder: string, name: string, text: string): void {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** What `millrace.json` declares: `flow` is taken as a reference. */
function declaration(flow: string): string {
  return `${JSON.stringify({ deployments: [{ name: "daily", flow }] }, null, 2)}\n`;
}

test("should tell flows of one name in two folders apart", { timeout: 200_000 }, async (t) => {
  const { vscode, workbench, page } = await openSession(t, {
    workspaceFile: "both.code-workspace",
    prepare(at) {
      for (const client of ["a", "b"]) {
        write(at, `client-${client}/flows/etl.ts`, etl);
        write(at, `client-${client}/.env`, `CLIENT=${client}\n`);
      }
      write(at, "client-a/millrace.json", declaration("flows/etl.ts:etl"));
      write(at, "client-b/millrace.json", declaration("flows/etl.ts:gone"));
      write(at, "elsewhere/other.ts", etl.replace('name: "etl"', 'name: "elsewhere"'));
      const folders = [{ path: "client-a" }, { path: "client-b" }];
      write(at, "both.code-workspace", JSON.stringify({ folders }));
    },
  });
  await workbench.container("Millrace");
  for (const client of ["a", "b"]) {
    await workbench.open("etl.ts", `client-${client}`);
    // The other folder's run is not this flow's, nor does its name clash with this one.
    await workbench.lens("Not run yet").waitFor();
    await workbench.lens("Run").click();
    await workbench.lens("Completed").waitFor();
    const run = await workbench.frameWith(".run-title");
    await run.getByRole("tab", { name: "Results" }).click();
    await run.getByText(`for client ${client}`).first().waitFor();
    assert.equal(await workbench.squiggles("warning").count(), 0);
    await page.keyboard.press("Control+1");
    await workbench.command("View: Close Editor");
  }
  await workbench.screenshot("folders-two");
  // Each folder's declarations mean that folder's flows.
  await workbench.open("millrace.json", "client-a");
  await workbench.lineOf("flows/etl.ts:etl");
  await workbench.open("millrace.json", "client-b");
  await workbench.squiggles("error").or(workbench.squiggles("warning")).first().waitFor();
  await workbench.screenshot("folders-declared");

  // What ran outside of the workspace is there when one asks for all.
  const outside = path.join(vscode.folder, "work", "elsewhere", "other.ts");
  execFileSync(path.join(vscode.home, "bin", "millrace"), ["run", outside], {
    env: { ...process.env, MILLRACE_HOME: vscode.home, CLIENT: "c" },
  });
  const runs = (): Promise<readonly string[]> => workbench.treeItems("Runs");
  await until(async () => (await runs()).filter((label) => /of etl in client-[ab]\b/.test(label)).length === 2);
  assert.ok(!(await runs()).some((label) => label.includes("elsewhere")));
  await workbench.viewAction("Runs", "Show Runs of All Folders");
  await until(async () => (await runs()).some((label) => label.includes("elsewhere")));
  await workbench.screenshot("folders-all-runs");
  await workbench.viewAction("Runs", "Show Runs of This Workspace");
  await until(async () => !(await runs()).some((label) => label.includes("elsewhere")));
});

test("should run without a reload once the folder is trusted", { timeout: 200_000 }, async (t) => {
  const { workbench, page } = await openSession(t, {
    trust: "on",
    prepare: (at) => write(at, "flows/etl.ts", etl),
  });
  await workbench.open("etl.ts");
  await workbench.lens("Run").click();
  await until(async () => /needs a trusted folder/.test((await workbench.notifications()).join("\n")));
  await workbench.command("Workspaces: Manage Workspace Trust");
  await page
    .locator(".workspace-trust-editor .monaco-button", { hasText: /^Trust/ })
    .first()
    .click();
  await page.locator(".workspace-trust-editor .trusted", { hasText: "trust" }).first().waitFor();
  await workbench.open("etl.ts");
  await workbench.lens("Run").click();
  await workbench.lens("Completed").waitFor();
  // Its types were linked then, too.
  await workbench.squiggles().waitFor({ state: "hidden" });
  await workbench.screenshot("folders-trusted-later");
});

test("should show a run in both windows of a home, and let either end it", { timeout: 200_000 }, async (t) => {
  const { workbench, openWindow } = await openSession(t, { prepare: (at) => write(at, "flows/slow.ts", slow) });
  const other = await openWindow();
  await other.open("slow.ts");
  await other.lens("Not run yet").waitFor();
  await other.container("Millrace");
  await workbench.open("slow.ts");
  const page = await workbench.runByLens();
  await other.lens("Running").waitFor();
  await other.treeItem(/of slow/).waitFor();
  await other.screenshot("folders-other-window");
  // The lens opens it there; both follow it.
  await other.lens("Running").click();
  const otherPage = await other.frameWith(".run-title");
  await otherPage.getByRole("tab", { name: "Logs" }).click();
  await otherPage
    .getByText(/^step \d+$/)
    .first()
    .waitFor();
  await otherPage.locator(".run-actions").getByText("Cancel").click();
  await page.locator(".run-title .state-label", { hasText: "Cancelled" }).waitFor();
  await workbench.lens("Cancelled").waitFor();
  await other.lens("Cancelled").waitFor();
});
