/** A block from the gallery to a run, its new name and its end; its secret is nowhere in the editor. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { FrameLocator, Page } from "playwright-core";
import { openSession } from "./kit/session.ts";
import { until } from "./kit/until.ts";
import type { Workbench } from "./kit/workbench.ts";

const secret = "planted-7f3a-secret";

const login = `import { blockReference, defineBlock, secret } from "millrace/blocks";

export class Login extends defineBlock({
  slug: "login",
  title: "CRM Login",
  description: "Who we are to the CRM.",
  category: "Credentials",
  schema: (z) => z.object({ user: z.string().describe("Who signs in."), password: secret(z) }),
}) {
  override async test(steps) {
    await steps.step("sign in", () => \`as \${this.settings.user}, \${this.settings.password.get().length} letters\`);
  }
}

export class Crm extends defineBlock({
  slug: "crm",
  title: "CRM",
  description: "Our customers.",
  category: "Databases",
  schema: (z) =>
    z.object({
      address: z.string().default("https://crm.example"),
      login: blockReference(z, Login),
      pageSize: z.int().min(1).max(500).default(50).describe("Customers of one answer."),
    }),
}) {}
`;

const flow = `import { flow, log } from "millrace";
import { Login } from "../blocks/login.ts";

export const etl = flow({
  async run() {
    const login = await Login.load();
    log.info("signed in as " + login.settings.user);
  },
});
`;

function prepare(workspace: string): void {
  for (const folder of ["blocks", "flows"]) mkdirSync(path.join(workspace, folder), { recursive: true });
  writeFileSync(path.join(workspace, "blocks", "login.ts"), login);
  writeFileSync(path.join(workspace, "flows", "etl.ts"), flow);
}

test("should take a block from the gallery to a run, rename it in code too, and list its users before it goes", {
  timeout: 400_000,
}, async (t) => {
  const { workbench, page, workspace } = await openSession(t, { prepare });
  await registerTypes(workbench, page);

  // From the gallery, by its name.
  await workbench.command("Millrace: New Block");
  const gallery = await workbench.frameWith(".block-gallery");
  await gallery.locator("mr-text-field input").first().fill("crm log");
  await page.keyboard.press("Enter");
  await fill(gallery, "Name", "crm-login");
  await fill(gallery, "user", "ada");
  await fill(gallery, "password", secret);
  await gallery.getByText("Test Connection").click();
  await gallery.getByText("Connection works").waitFor();
  assert.match(await gallery.locator(".block-steps").innerText(), /as ada, 19 letters/);
  await workbench.screenshot("blocks-1-tested");

  // Saved, it has a page of its own, and its secret stays away from it.
  await page.keyboard.press("Control+S");
  const saved = await workbench.frameWith(".secret-shown");
  await saved.getByRole("heading", { name: "crm-login" }).waitFor();
  assert.doesNotMatch(await everything(page), new RegExp(secret));
  await workbench.treeItem(/Block, crm-login/).waitFor();
  await workbench.screenshot("blocks-2-saved");

  // Code names it by completion, and runs.
  await workbench.open("etl.ts:6");
  await workbench.lens("Run").waitFor();
  await workbench.goToLine("6:36");
  await page.keyboard.type('"');
  await page.keyboard.press("Control+Space");
  await page.locator(".suggest-widget.visible .monaco-list-row", { hasText: "crm-login" }).first().waitFor();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Control+S");
  const file = path.join(workspace, "flows", "etl.ts");
  await until(async () => readFileSync(file, "utf8").includes('Login.load("crm-login")'));
  assert.match(await workbench.hoverAt(6, 38), /crm-login CRM Login[\s\S]*user[\s\S]*ada[\s\S]*password[\s\S]*\*{8}/);
  const run = await workbench.runByLens();
  await run.locator(".run-title .state-label", { hasText: "Completed" }).waitFor();

  // Its name leads to its page, where the flow is told; a new name goes into the code.
  await page.locator(".tab", { hasText: "etl.ts" }).first().click();
  await workbench.goToLine("6:38");
  await page.keyboard.press("F12");
  const opened = await workbench.frameWith(".block-users");
  await opened.getByText("flows/etl.ts:6").waitFor();
  await workbench.screenshot("blocks-3-users");
  await page.locator(".tab", { hasText: "etl.ts" }).first().click();
  await workbench.goToLine("6:38");
  await page.keyboard.press("F2");
  const rename = page.locator(".rename-box input, .rename-input").first();
  await rename.waitFor();
  await rename.fill("crm-prod");
  await page.keyboard.press("Enter");
  await until(async () => readFileSync(file, "utf8").includes('Login.load("crm-prod")'));
  await workbench.treeItem(/Block, crm-prod/).waitFor();
  await workbench.treeItem(/Block, crm-prod/).click();
  const renamed = await workbench.frameWith(".block-users");
  await renamed.getByRole("button", { name: "More Actions" }).click();
  await renamed.getByRole("menuitem", { name: "Rename…" }).click();
  await workbench.quickInput.fill("crm-live");
  await page.keyboard.press("Enter");
  await until(async () => readFileSync(file, "utf8").includes('Login.load("crm-live")'));

  // It is here again after a reload, and says what it would leave behind.
  await (await workbench.frameWith(".secret-shown")).getByRole("heading", { name: "crm-live" }).waitFor();
  await workbench.reload();
  const again = await workbench.frameWith(".secret-shown", 90_000);
  await again.getByRole("heading", { name: "crm-live" }).waitFor();
  await again.getByText("flows/etl.ts:6").waitFor();
  assert.doesNotMatch(await everything(page), new RegExp(secret));
  await again.getByRole("button", { name: "More Actions" }).click();
  await again.getByRole("menuitem", { name: "Delete…" }).click();
  const question = page.locator(".monaco-dialog-box");
  await question.waitFor();
  assert.match(await question.innerText(), /Delete the block crm-live\?[\s\S]*flows\/etl\.ts:6 loads it \(etl\)/);
  await workbench.screenshot("blocks-4-delete");
  await question.getByRole("button", { name: "Delete" }).click();
  await workbench.treeItem(/Block, crm-live/).waitFor({ state: "detached" });
  await workbench.open("etl.ts");
  await workbench.squiggles("warning").first().waitFor();
});

test("should keep what is typed while a page is covered, and create a block where another refers to it", {
  timeout: 400_000,
}, async (t) => {
  const { workbench, page } = await openSession(t, { prepare });
  await registerTypes(workbench, page);
  await workbench.command("Millrace: New Block");
  const gallery = await workbench.frameWith(".block-gallery");
  await gallery.getByRole("button", { name: /^CRM Our customers/ }).click();
  await fill(gallery, "Name", "crm");
  await gallery.getByRole("button", { name: "Create CRM Login" }).click();
  const nested = gallery.locator(".block-nested");
  await fill(nested, "Name", "shared");
  await fill(nested, "user", "ada");
  await fill(nested, "password", secret);
  await workbench.screenshot("blocks-5-nested");
  await nested.getByText("Create", { exact: true }).click();
  await nested.waitFor({ state: "detached" });
  await gallery.locator("mr-dropdown", { hasText: "shared" }).first().waitFor();

  // Covered by another page and shown again.
  await workbench.open("login.ts");
  await page.locator(".tab", { hasText: "crm" }).first().click();
  const back = await workbench.frameWith(".block-columns");
  await back.locator("mr-dropdown", { hasText: "shared" }).first().waitFor();
  await until(async () => (await back.locator("#block-name").getAttribute("value")) !== "");
  await page.keyboard.press("Control+S");
  await until(async () => (await workbench.treeItem(/Block, crm, CRM/).count()) > 0);
  const page2 = await workbench.frameWith(".block-side");
  await page2.getByRole("heading", { name: "crm" }).waitFor();

  // A page that is closed with changes asks.
  await fill(page2, "address", "https://other.example");
  await page.locator(".tab", { hasText: "● crm" }).waitFor();
  await workbench.command("View: Close Editor");
  const question = page.locator(".monaco-dialog-box");
  await question.waitFor();
  assert.match(await question.innerText(), /Save the changes to crm\?/);
  await question.getByRole("button", { name: "Cancel" }).click();
  const kept = await workbench.frameWith(".block-columns");
  await kept.getByText("not saved").waitFor();
  await workbench.screenshot("blocks-6-kept");
});

test("should look right in light, dark and both high contrasts, and narrow", { timeout: 400_000 }, async (t) => {
  const { workbench, page } = await openSession(t, { prepare });
  await registerTypes(workbench, page);
  await workbench.command("Millrace: New Block");
  const gallery = await workbench.frameWith(".block-gallery");
  const themes = [
    ["light", "Light Modern"],
    ["dark", "Dark Modern"],
    ["contrast-dark", "Dark High Contrast"],
    ["contrast-light", "Light High Contrast"],
  ] as const;
  for (const [name, theme] of themes) {
    await workbench.theme(theme);
    await page.waitForTimeout(400);
    await workbench.screenshot(`blocks-look-${name}-gallery`);
  }
  await gallery.getByRole("button", { name: /^CRM Login/ }).click();
  await fill(gallery, "Name", "crm-login");
  await fill(gallery, "user", "ada");
  await fill(gallery, "password", secret);
  await gallery.getByText("Test Connection").click();
  await gallery.getByText("Connection works").waitFor();
  await page.keyboard.press("Control+S");
  const saved = await workbench.frameWith(".secret-shown");
  await saved.getByText("Test Connection").click();
  await saved.getByText("Connection works").waitFor();
  await workbench.command("View: Toggle Maximize Editor Group");
  for (const [name, theme] of themes) {
    await workbench.theme(theme);
    await page.waitForTimeout(400);
    await workbench.screenshot(`blocks-look-${name}-block`);
  }
  await page.setViewportSize({ width: 760, height: 900 });
  await page.waitForTimeout(500);
  await workbench.screenshot("blocks-look-narrow");
});

test("should show blocks in an untrusted folder, save them, and test none", { timeout: 300_000 }, async (t) => {
  const { workbench, page } = await openSession(t, { prepare, trust: "on" });
  await workbench.container("Millrace");
  await workbench.command("Millrace: New Block");
  const gallery = await workbench.frameWith(".block-gallery");
  await gallery.getByRole("button", { name: /^Secret/ }).click();
  await fill(gallery, "Name", "token");
  await fill(gallery, "value", secret);
  await gallery.getByText("Restricted Mode").waitFor();
  await page.keyboard.press("Control+S");
  const saved = await workbench.frameWith(".secret-shown");
  await saved.getByRole("heading", { name: "token" }).waitFor();
  await workbench.screenshot("blocks-7-restricted");
});

async function registerTypes(workbench: Workbench, page: Page): Promise<void> {
  await workbench.container("Millrace");
  await workbench.open("login.ts");
  await page.locator(".pane-header", { hasText: "Blocks" }).click();
  await workbench.command("Millrace: Register Blocks of a File or Package", { asks: true });
  await until(async () => (await workbench.quickInput.inputValue()).endsWith("login.ts"));
  // The box asks the extension whether its text will do before it takes it.
  await page.waitForTimeout(500);
  await page.keyboard.press("Enter");
  await workbench.quickInput.waitFor({ state: "hidden" });
}

async function fill(frame: Pick<FrameLocator, "locator">, label: string, text: string): Promise<void> {
  await frame.locator(`mr-text-field[aria-label="${label}"] input`).first().fill(text);
}

/** All that the window and the pages in it hold. */
async function everything(page: Page): Promise<string> {
  const texts = await Promise.all(
    page.frames().map((frame) =>
      frame
        .evaluate(() => {
          const inputs = [...document.querySelectorAll("input, textarea, mr-text-field, mr-text-area")];
          return document.documentElement.outerHTML + inputs.map((input) => Reflect.get(input, "value")).join("\n");
        })
        .catch(() => ""),
    ),
  );
  return texts.join("\n");
}
