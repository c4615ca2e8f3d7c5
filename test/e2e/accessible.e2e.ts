/**
 * What a person hears and reaches who does not see the pages, or sees them in other colours: each page by the rules of
 * axe-core in all four kinds of theme, its controls as Chromium tells them, and a run that is listened to.
 */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { FrameLocator } from "playwright-core";
import { focusablesOn, listenTo, violationsOn } from "./kit/accessibility.ts";
import { openSession } from "./kit/session.ts";
import { until } from "./kit/until.ts";
import type { Workbench } from "./kit/workbench.ts";

const source = `import { artifact, flow, log, sleep, task, z } from "millrace";

const fetchMonth = task({
  name: "fetch",
  async run(month: number) {
    log.info("fetching month " + month);
    await sleep("2s");
    return Array.from({ length: 20 }, (_, row) => ({ trip: row, month, note: row % 3 === 0 ? null : "fine" }));
  },
});

const load = task({
  name: "load",
  run(months: unknown[][]) {
    log.warn("two rows were left out");
    artifact.table("trips", [{ month: 1, rows: 20 }, { month: 2, rows: 20 }]);
    if (months.length > 2) throw new Error("The warehouse has room for two months only.");
    return months.flat();
  },
});

export const etl = flow({
  name: "etl-parent",
  parameters: z.object({
    year: z.int().min(2000).describe("Which year"),
    months: z.array(z.int().min(1).max(12)).default([1, 2]),
    color: z.enum(["yellow", "green"]).default("yellow"),
    target: z
      .discriminatedUnion("kind", [
        z.object({ kind: z.literal("bucket"), bucket: z.string() }),
        z.object({ kind: z.literal("table"), table: z.string(), overwrite: z.boolean().default(false) }),
      ])
      .default({ kind: "bucket", bucket: "trips" }),
    since: z.iso.date().nullable().default(null),
  }),
  async run({ months }) {
    return load(await Promise.all(months.map((month) => fetchMonth(month))));
  },
});
`;

const themes = ["Light Modern", "Dark Modern", "Dark High Contrast", "Light High Contrast"] as const;

function prepare(workspace: string): void {
  mkdirSync(path.join(workspace, "flows"), { recursive: true });
  writeFileSync(path.join(workspace, "flows", "etl.ts"), source);
}

test("should tell, name and colour its pages so that everybody can use them", { timeout: 580_000 }, async (t) => {
  const { workbench, page } = await openSession(t, {
    prepare,
    viewport: { width: 1500, height: 1000 },
    // Each page keeps its tab.
    settings: { "workbench.colorTheme": themes[0], "workbench.editor.enablePreview": false },
  });
  const wrong: string[] = [];
  let theme: string = themes[0];
  const look = async (what: string, frame: FrameLocator): Promise<void> => {
    for (const one of await violationsOn(frame)) wrong.push(`${what}, ${theme}: ${one}`);
  };
  const unnamed = async (what: string, frame: FrameLocator): Promise<void> => {
    const all = await focusablesOn(frame);
    assert.ok(all.length > 0, `${what} has nothing that the keyboard reaches`);
    for (const { role, name } of all) if (name.trim() === "") wrong.push(`${what}: a ${role} without a name`);
  };

  await workbench.container("Millrace");
  await workbench.open("etl.ts");
  const panel = await workbench.frameWith(".panel h1");
  await unnamed("Flow view", panel);

  // The form tells what is wrong at the field that it is wrong with.
  const run = await openForm(workbench);
  const year = run.getByRole("spinbutton", { name: /^year/ });
  await year.press("Control+Enter");
  await run.getByText("A value is needed.").waitFor();
  assert.equal(await year.getAttribute("aria-invalid"), "true");
  assert.equal(await year.getAttribute("aria-required"), "true");
  assert.match((await year.getAttribute("aria-description")) ?? "", /Which year.*A value is needed\./);
  await run.getByRole("group", { name: "target" }).getByRole("radio", { name: "table" }).click();
  await unnamed("form", run);
  await look("form", run);
  await run.getByRole("group", { name: "target" }).getByRole("textbox", { name: "table" }).fill("trips");

  // Who listens hears how the run goes, without looking for it.
  const said = await listenTo(run);
  await year.fill("2021");
  await year.press("Control+Enter");
  const title = run.locator(".run-title .state-label");
  await title.filter({ hasText: "Completed" }).waitFor();
  await until(async () => (await said()).includes("etl-parent: Completed"), "the end is said aloud");
  const heard = await said();
  assert.ok(heard.indexOf("etl-parent: Running") >= 0, heard.join(" | "));
  assert.ok(heard.indexOf("etl-parent: Running") < heard.indexOf("etl-parent: Completed"), heard.join(" | "));

  for (const name of ["Graph", "Timeline", "Logs", "Results"]) {
    const tab = run.getByRole("tab", { name });
    await tab.click();
    assert.equal(await tab.getAttribute("aria-selected"), "true");
    assert.equal(await run.getByRole("tab", { selected: true }).count(), 1);
    await run.getByRole("tabpanel", { name }).waitFor();
    await unnamed(name, run);
  }
  await run.getByRole("tab", { name: "Graph" }).click();
  await run.getByRole("button", { name: /^load, .*Completed/ }).waitFor();
  await run.getByRole("tab", { name: "Timeline" }).click();
  await run.getByRole("row", { name: /^load: Completed/ }).waitFor();
  await run.getByRole("tab", { name: "Results" }).click();
  await run.getByRole("columnheader", { name: /month/ }).first().waitFor();

  // Tab leads through the page and out of it again: a region that keeps the keyboard would be a trap.
  await run.getByRole("tab", { name: "Results" }).focus();
  const isInPage = (): Promise<boolean> => page.evaluate(() => document.activeElement?.tagName === "IFRAME");
  let presses = 0;
  for (; presses < 100 && (await isInPage()); presses++) await page.keyboard.press("Tab");
  assert.ok(presses > 1 && presses < 100, `Tab left the page after ${presses} presses`);

  await workbench.open("etl.ts");
  await workbench.lens("Deploy").click();
  await workbench.frameWith(".deploy-page");
  await workbench.command("Millrace: New Block");
  await workbench.frameWith(".block-gallery");
  await workbench.command("Millrace: Open Run History");
  await workbench.frameWith(".history");

  const tabs = page.locator(".tabs-container .tab");
  const pages: readonly (readonly [what: string, tab: RegExp, within: string])[] = [
    ["run", /etl-parent · /, ".run-title"],
    ["Deploy page", /^Deploy /, ".deploy-page"],
    ["gallery of blocks", /^New Block/, ".block-gallery"],
    ["history", /^Run History/, ".history"],
  ];
  for (theme of themes) {
    if (theme !== themes[0]) await workbench.theme(theme);
    for (const [what, tab, within] of pages) {
      await tabs
        .filter({ has: page.locator(".label-name", { hasText: tab }) })
        .first()
        .click();
      const frame = await workbench.frameWith(within);
      await page.waitForTimeout(500);
      if (theme === themes[0]) await unnamed(what, frame);
      if (what !== "run") {
        await look(what, frame);
        continue;
      }
      for (const name of ["Graph", "Timeline", "Logs", "Results"]) {
        await frame.getByRole("tab", { name }).click();
        await frame.getByRole("tabpanel", { name }).waitFor();
        await look(`run, ${name}`, frame);
      }
    }
    await look("Flow view", await workbench.frameWith(".panel"));
    await workbench.screenshot(`accessible-${theme.replaceAll(" ", "-").toLowerCase()}`);
  }
  assert.deepEqual(wrong, []);
});

/** A lens that is drawn anew between the press and the release of the mouse does nothing. */
async function openForm(workbench: Workbench): Promise<FrameLocator> {
  for (let tries = 0; ; tries++) {
    await workbench.lens("Run").click();
    try {
      return await workbench.frameWith(".run-new", 20_000);
    } catch (thrown) {
      if (tries === 2) throw thrown;
    }
  }
}
