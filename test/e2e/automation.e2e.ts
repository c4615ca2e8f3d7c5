/** An automation in a millrace.json: tried out, deployed, and its messages seen to arrive by web, by mail, in the editor. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { mailServer } from "../services/mail.ts";
import { receiver } from "../support/receiver.ts";
import { openSession } from "./kit/session.ts";
import { until } from "./kit/until.ts";

const flow = `import { flow, z } from "millrace";

export const nightly = flow({
  name: "nightly",
  parameters: z.object({ month: z.int().default(1) }),
  async run({ month }) {
    if (month > 1) throw new Error("no trips of month " + month);
  },
});
`;

const declared = (url: string): string => `{
  // Ours.
  "deployments": [{ "flow": "flows/nightly.ts:nightly", "name": "often", "parameters": { "month": 2 } }],
  "automations": [
    {
      "name": "tell us",
      "trigger": { "type": "state", "states": ["FAILED"], "deployments": ["nightly/often"] },
      "actions": [
        { "type": "webhook", "url": "${url}/told", "payload": { "text": "{{ flow.name }}: {{ reason }}" } },
        { "type": "email", "block": "reports", "subject": "{{ flow.name }} has failed", "message": "{{ reason }}" },
        { "type": "notification", "level": "warning", "message": "{{ flow.name }} has failed" }
      ]
    }
  ]
}
`;

const account = { username: "reporter", password: "not in any log 1" };

test("should send what an automation says by web, by mail and to the editor, tried out and in earnest", {
  timeout: 300_000,
}, async (t) => {
  const web = await receiver(t);
  const mail = await mailServer(t, { account });
  const { workbench, page, workspace, vscode } = await openSession(t, {
    prepare(folder) {
      mkdirSync(path.join(folder, "flows"), { recursive: true });
      writeFileSync(path.join(folder, "flows", "nightly.ts"), flow);
      writeFileSync(path.join(folder, "millrace.json"), declared(web.url));
    },
    viewport: { width: 1500, height: 1000 },
  });
  await workbench.container("Millrace");
  await page.locator(".pane-header", { hasText: "Deployments" }).click();
  await workbench.open("nightly.ts");
  await workbench.lens("Run").click();
  await (await workbench.frameWith(".run-title")).locator(".state-label", { hasText: "Completed" }).first().waitFor();
  const { password, ...rest } = account;
  const server = {
    host: "127.0.0.1",
    port: mail.port,
    tls: "none",
    from: "millrace@example.com",
    to: ["we@example.com"],
  };
  execFileSync(path.join(vscode.home, "bin", "millrace"), ["blocks", "save", "email", "reports", "--data", "-"], {
    input: JSON.stringify({ ...server, ...rest, password }),
    env: { ...process.env, MILLRACE_HOME: vscode.home },
  });

  // In force from now on.
  await workbench.open("millrace.json");
  await workbench.lens("Deploy…").click();
  const dialog = page.locator(".monaco-dialog-box");
  await dialog.getByText("Deploy 1 deployment and 1 automation on this computer?").waitFor();
  await workbench.screenshot("automation-1-deploy");
  await dialog.getByRole("button", { name: "Deploy" }).click();
  await workbench.treeItem(/Deployment, often/).waitFor();
  await workbench.lens("Deployed").waitFor();

  // Tried out: an automation names the deployments that it is about, so they are there first.
  await workbench.lens("Test").click();
  await until(async () => web.heard.length === 1);
  await until(async () => /tell us: webhook .*delivered/.test((await workbench.notifications()).join("\n")));
  await workbench.screenshot("automation-2-tried");
  assert.match(web.heard[0]?.body ?? "", /nightly: /);
  await until(async () => mail.mails.length === 1);
  await workbench.command("Notifications: Clear All Notifications");

  await workbench.treeItem(/Deployment, often/).hover();
  await workbench.command("Millrace: Run Deployment", { asks: true });
  const choice = page.locator(".quick-input-list .monaco-list-row", { hasText: "often" }).first();
  await choice.click({ timeout: 5000 }).catch(() => undefined);
  await until(async () => web.heard.length === 2);
  await until(async () => /nightly has failed/.test((await workbench.notifications()).join("\n")));
  await workbench.command("Notifications: Show Notifications");
  const toast = page.locator(".notifications-center .notification-list-item", { hasText: "nightly has failed" });
  await toast.waitFor();
  await workbench.screenshot("automation-3-told");
  await until(async () => web.heard.length === 2 && mail.mails.length === 2);
  const told: { text: string } = JSON.parse(web.heard[1]?.body ?? "{}");
  assert.match(told.text, /^nightly: .*Failed/);
  assert.equal(web.heard[1]?.url, "/told");
  const [, letter] = mail.mails;
  assert.match(letter?.content ?? "", /Subject: nightly has failed/);
  assert.match(letter?.to.join() ?? "", /we@example\.com/);
  await toast.getByRole("button", { name: "Open Run" }).click();
  const run = await workbench.frameWith(".run-title");
  await run.locator(".state-label", { hasText: "Failed" }).first().waitFor();
  await run.getByText("no trips of month 2").first().waitFor();
  await workbench.screenshot("automation-4-run");

  // A new one, by two questions, with what stood there kept.
  await workbench.open("millrace.json");
  await workbench.command("Millrace: New Automation", { asks: true });
  for (const answer of ["A run is late", "Show it in the editor"]) {
    await page.locator(".quick-input-list .monaco-list-row", { hasText: answer }).first().click();
  }
  await until(async () => (await workbench.lenses()).filter((title) => title.includes("Test")).length === 2);
  await workbench.screenshot("automation-5-new");
  await page.keyboard.press("Control+S");
  const file = path.join(workspace, "millrace.json");
  await until(async () => /"after": "5m"/.test(readFileSync(file, "utf8")));
  assert.match(readFileSync(file, "utf8"), /\/\/ Ours\.[\s\S]*"tell us"/);
});
