/** What the language server offers, through the editor's own doors: quick fixes, completion, rename, and `millrace.json`. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { Locator } from "playwright-core";
import { openSession } from "./kit/session.ts";
import { until } from "./kit/until.ts";
import type { Workbench } from "./kit/workbench.ts";

const etl = `import { flow, task } from "millrace";
import { LocalBucket } from "millrace/blocks";

const fetchMonth = task({
  retryDelay: "",
  timeout: "5 minutes",
  run: async () => (await LocalBucket.load("trips")) !== undefined,
});

export const etl = flow({
  async run() {
    fetchMonth();
    return 1;
  },
});
`;

const other = `import { LocalBucket } from "millrace/blocks";

export const trips = () => LocalBucket.load("trips");
`;

function write(folder: string, name: string, text: string): void {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** Opens the menu of fixes where the cursor is, and takes one. Pressed again in the menu, the key takes what is chosen. */
async function takeFix({ page }: Workbench, title: string): Promise<void> {
  const menu = page.locator(".action-widget .monaco-list-row.action");
  const fix = menu.filter({ hasText: title }).first();
  for (const end = Date.now() + 60_000; ; await page.waitForTimeout(500)) {
    await page.keyboard.press("Control+.");
    await menu
      .first()
      .waitFor({ timeout: 15_000 })
      .catch(() => {});
    if (await fix.isVisible()) break;
    if (Date.now() > end) throw new Error(`no fix "${title}" among: ${await menu.allInnerTexts()}`);
    // Asked before the server had read the file, the menu has other fixes or none.
    await page.keyboard.press("Escape");
    await menu.first().waitFor({ state: "hidden" });
  }
  await fix.click();
}

/** What the editor suggests where the cursor is. */
async function suggestion({ page }: Workbench, text: string): Promise<Locator> {
  const row = page.locator(".suggest-widget .monaco-list-row", { hasText: text }).first();
  for (let tries = 0; ; tries++) {
    await page.keyboard.press("Control+Space");
    try {
      await row.waitFor({ timeout: 5000 });
      return row;
    } catch (thrown) {
      await page.keyboard.press("Escape");
      if (tries === 4) throw thrown;
    }
  }
}

async function sees({ page }: Workbench, text: string): Promise<void> {
  await until(
    async () =>
      (await page.locator(".editor-instance .view-lines").first().innerText()).replaceAll("\u00a0", " ").includes(text),
    `the editor shows ${text}`,
  );
}

test("should mend, complete and rename through the editor", { timeout: 200_000 }, async (t) => {
  const { workbench, page } = await openSession(t, {
    prepare(at) {
      write(at, "flows/etl.ts", etl);
      write(at, "flows/other.ts", other);
    },
  });
  await workbench.open("etl.ts");
  await workbench.lens("Not run yet").waitFor();
  await workbench.goToLine("6:14");
  await takeFix(workbench, 'Change to "5m"');
  await sees(workbench, 'timeout: "5m"');
  await workbench.goToLine("12:6");
  await takeFix(workbench, "Add await");
  await sees(workbench, "await fetchMonth();");

  await workbench.goToLine("5:16");
  const duration = await suggestion(workbench, "10s");
  await workbench.screenshot("code-completion");
  await duration.click();
  await sees(workbench, 'retryDelay: "10s"');

  // A block's name is one name in all files.
  await workbench.goToLine("7:46");
  await page.keyboard.press("F2");
  const name = page.locator(".rename-box input");
  await name.waitFor();
  assert.equal(await name.inputValue(), "trips");
  await name.fill("taxi-trips");
  await page.keyboard.press("Enter");
  await sees(workbench, 'LocalBucket.load("taxi-trips")');
  await workbench.open("other.ts");
  await sees(workbench, 'LocalBucket.load("taxi-trips")');
});

test("should wake for millrace.json alone, complete its flows and lead to them", { timeout: 200_000 }, async (t) => {
  const { workbench, page } = await openSession(t, {
    prepare(at) {
      write(at, "flows/etl.ts", etl);
      write(at, "millrace.json", '{\n  "deployments": [\n    { "name": "daily", "flow": "" }\n  ]\n}\n');
    },
  });
  await workbench.open("millrace.json");
  await workbench.goToLine("3:33");
  await (await suggestion(workbench, "flows/etl.ts")).click();
  await sees(workbench, '"flow": "flows/etl.ts:etl"');
  await workbench.screenshot("code-millrace-json");
  await page.keyboard.press("F12");
  await page.locator(".tab.active", { hasText: "etl.ts" }).waitFor();
});

test("should offer the bundled types first where a package.json wants packages installed", {
  timeout: 200_000,
}, async (t) => {
  const { workbench } = await openSession(t, {
    prepare(at) {
      write(at, "flows/etl.ts", etl);
      write(at, "package.json", '{ "name": "trips", "private": true }\n');
    },
  });
  await workbench.open("etl.ts");
  await workbench.squiggles().first().waitFor();
  await workbench.goToLine("1:30");
  await takeFix(workbench, "Link the bundled types");
  // What stays is what is wrong in the flow: nobody waits for the call, and the time is no duration.
  await workbench.lineOf("timeout");
  await until(async () => (await workbench.squiggles().count()) <= 2);
  await workbench.screenshot("code-linked");
});
