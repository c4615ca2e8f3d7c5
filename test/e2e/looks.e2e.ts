/** Every page in the four kinds of theme, for eyes; what can be told by machine (names, colours that hold) is asserted. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { FrameLocator } from "playwright-core";
import { openSession } from "./kit/session.ts";

const source = `import { artifact, flow, log, task, z } from "millrace";

const fetchMonth = task({
  name: "fetch",
  run(month: number) {
    log.info("fetching month " + month);
    return Array.from({ length: 20 }, (_, row) => ({ trip: row, month, distance: row / 2 }));
  },
});

const clean = task({
  name: "clean",
  run(rows: { trip: number; distance: number }[]) {
    return rows.filter((row) => row.distance > 1);
  },
});

const load = task({
  name: "load",
  run(months: unknown[][]) {
    artifact.markdown("summary", "## Loaded\\n\\n**" + months.flat().length + "** rows.");
    if (months.length > 2) throw new Error("The warehouse has room for two months only.");
    return months.flat().length;
  },
});

export const etl = flow({
  name: "etl-parent",
  parameters: z.object({
    months: z.array(z.int().min(1).max(12)).default([1, 2]).describe("Which months"),
    color: z.enum(["yellow", "green"]).default("yellow"),
    year: z.int(),
  }),
  async run({ months }) {
    return load(months.map((month) => clean(fetchMonth(month))));
  },
});
`;

/** Name of the pictures → the theme's label, and the class that it gives to pages. */
const themes = [
  ["light", "Light Modern", "vscode-light"],
  ["dark", "Dark Modern", "vscode-dark"],
  ["contrast-dark", "Dark High Contrast", "vscode-high-contrast"],
  ["contrast-light", "Light High Contrast", "vscode-high-contrast-light"],
] as const;

test("should look right in light, dark and both high contrasts", { timeout: 280_000 }, async (t) => {
  const { workbench, page, errors } = await openSession(t, {
    prepare(at) {
      mkdirSync(path.join(at, "flows"), { recursive: true });
      writeFileSync(path.join(at, "flows", "etl.ts"), source);
    },
  });
  await workbench.container("Millrace");
  await workbench.open("etl.ts");
  // The year is required: the page asks for it first.
  await workbench.lens("Run").click();
  const form = await workbench.frameWith(".run-new");
  await form.getByText("year").first().waitFor();
  await workbench.screenshot("looks-form");
  const run = await fillAndRun(form);
  await run.locator(".run-title .state-label", { hasText: "Completed" }).waitFor();
  for (const [name, theme, kind] of themes) {
    await workbench.theme(theme);
    await run.locator(`body.${kind}`).waitFor();
    for (const tab of ["Graph", "Timeline", "Logs", "Results"]) {
      await run.getByRole("tab", { name: tab }).click();
      await page.waitForTimeout(400);
      await workbench.screenshot(`looks-${name}-${tab.toLowerCase()}`);
    }
    await assertReadable(run);
  }
  await workbench.command("Millrace: Open Run History");
  const history = await workbench.frameWith(".history");
  await history.getByText("year=2021").first().waitFor();
  await workbench.screenshot("looks-history");
  const unexpected = errors.filter((text) => !/inline style|authentication provider/.test(text));
  assert.deepEqual(unexpected, []);
});

async function fillAndRun(form: FrameLocator): Promise<FrameLocator> {
  const year = form.getByLabel(/year/).first();
  await year.fill("2021");
  await year.press("Control+Enter");
  return form;
}

/** Text that stands on its own background: WCAG's 3:1 at least, everywhere. */
async function assertReadable(run: FrameLocator): Promise<void> {
  const poor = await run.locator("body").evaluate((body) => {
    const parse = (text: string): number[] => (text.match(/[\d.]+/g) ?? []).map(Number);
    const luminance = ([r = 0, g = 0, b = 0]: number[]): number => {
      const part = (value: number): number => {
        const share = value / 255;
        return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      };
      return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
    };
    const background = (element: Element | null): number[] => {
      for (let at = element; at !== null; at = at.parentElement) {
        const colour = parse(getComputedStyle(at).backgroundColor);
        if (colour.length === 3 || (colour[3] ?? 0) > 0.9) return colour;
      }
      return parse(getComputedStyle(document.documentElement).getPropertyValue("--vscode-editor-background"));
    };
    const found: string[] = [];
    for (const element of body.querySelectorAll("h1, h2, p, span, button, a, td, th, label")) {
      const text = element.textContent?.trim() ?? "";
      if (text === "" || element.children.length > 0 || element.closest("[disabled], .visually-hidden")) continue;
      const paper = background(element);
      if (paper.length < 3) continue;
      const [one, other] = [luminance(parse(getComputedStyle(element).color)), luminance(paper)];
      const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
      if (ratio < 3) found.push(`${text.slice(0, 40)}: ${ratio.toFixed(2)}`);
    }
    return found;
  });
  assert.deepEqual(poor, []);
}
