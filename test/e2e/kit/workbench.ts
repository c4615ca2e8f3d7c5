/** VS Code's window as a test sees it: what a person can click, type and read. */
import { mkdirSync } from "node:fs";
import path from "node:path";
import type { FrameLocator, Locator, Page } from "playwright-core";
import { e2eFolder } from "./install.mjs";

const modifier = "Control";

export class Workbench {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  async ready(): Promise<void> {
    await this.page.locator(".monaco-workbench .part.statusbar").waitFor({ timeout: 90_000 });
  }

  get quickInput(): Locator {
    return this.page.locator(".quick-input-widget input").first();
  }

  /** A page that has just come up may take the focus, which closes the palette again. */
  private async paletteWith(text: string): Promise<void> {
    for (let tries = 0; ; tries++) {
      await this.palette();
      try {
        await this.quickInput.fill(text, { timeout: 3000 });
        return;
      } catch (thrown) {
        if (tries === 4) throw thrown;
      }
    }
  }

  private palette(): Promise<void> {
    return this.press("F1");
  }

  /** Opens an input by its key. A page that has the focus and is just loading swallows the first one. */
  private async press(key: string): Promise<void> {
    for (let tries = 0; tries < 5; tries++) {
      await this.page.keyboard.press(key);
      const opened = await this.quickInput.waitFor({ timeout: 5000 }).then(
        () => true,
        () => false,
      );
      if (opened) return;
    }
    throw new Error(`no input opened on ${key}`);
  }

  /** Runs a command by its title, through the palette. One that asks for more leaves the input open. */
  async command(title: string, { asks = false } = {}): Promise<void> {
    await this.paletteWith(`>${title}`);
    // The palette puts what was used last first, and finds words anywhere: only the whole title counts.
    const whole = new RegExp(`^${title.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}…?$`);
    const label = this.page.locator(".label-name", { hasText: whole });
    await this.page.locator(".quick-input-list .monaco-list-row").filter({ has: label }).first().click();
    if (!asks) await this.quickInput.waitFor({ state: "hidden" }).catch(() => {});
  }

  /** Titles that the palette offers for a text. */
  async paletteTitles(text: string): Promise<readonly string[]> {
    await this.palette();
    await this.quickInput.fill(`>${text}`);
    await this.page.waitForTimeout(600);
    const titles = await this.page.locator(".quick-input-list .monaco-list-row").allInnerTexts();
    await this.page.keyboard.press("Escape");
    return titles.map((title) => title.replaceAll("\n", " ").trim());
  }

  /** Opens a file of the workspace; `name` may end in ":line". With several folders, `folder` says in which. */
  async open(name: string, folder = ""): Promise<void> {
    // What the list shows while one types may be of the letters before: only the row of the file counts.
    const file = path.basename(name.replace(/:\d+$/, ""));
    const rows = this.page.locator(".quick-input-list .monaco-list-row", { hasText: file });
    for (let tries = 0; ; tries++) {
      await this.press(`${modifier}+P`);
      try {
        await this.quickInput.fill(name, { timeout: 3000 });
        await rows.filter({ hasText: folder }).first().click({ timeout: 15_000 });
        break;
      } catch (thrown) {
        // A page that came up has taken the focus, and closed the list with it.
        if (tries === 2) throw thrown;
        await this.page.keyboard.press("Escape");
      }
    }
    await this.page.locator(".tab", { hasText: file }).first().waitFor({ timeout: 20_000 });
    await this.page.locator(".editor-instance .monaco-editor").first().waitFor();
  }

  get editor(): Locator {
    return this.page.locator(".editor-instance .monaco-editor").first();
  }

  /** Texts of all code lenses in view. */
  async lenses(): Promise<readonly string[]> {
    const texts = await this.page.locator(".codelens-decoration > :is(a, span)").allInnerTexts();
    // Between two lenses stands a line; a lens that does nothing is no link.
    return texts.map((text) => text.trim()).filter((text) => text !== "" && text !== "|");
  }

  lens(title: string): Locator {
    return this.page.locator(".codelens-decoration > :is(a, span)", { hasText: title }).first();
  }

  /** Opens a container of the activity bar. */
  async container(name: string): Promise<void> {
    const item = this.page.locator(`.activitybar .action-label[aria-label^="${name}"]`).first();
    await item.waitFor({ timeout: 30_000 });
    // The badge lies over the icon.
    const around = item.locator("xpath=..");
    const chosen = await around.getAttribute("class");
    if (!chosen?.includes("checked")) await around.click();
  }

  treeItem(name: string | RegExp): Locator {
    return this.page.getByRole("treeitem", { name }).first();
  }

  /** What a screen reader says of each line of a tree in the sidebar. */
  async treeItems(view: string): Promise<readonly string[]> {
    const items = this.page.locator(`.pane:has(.pane-header[aria-label^="${view} "]) [role="treeitem"]`);
    return items.evaluateAll((all) => all.map((item) => item.getAttribute("aria-label") ?? ""));
  }

  /** Chooses from the menu behind the dots in the title of a view of the sidebar. */
  async viewAction(view: string, title: string): Promise<void> {
    const header = this.page.locator(`.pane-header[aria-label^="${view} "]`);
    await header.hover();
    await header.locator('.action-label[aria-label^="Views and More Actions"], .codicon-toolbar-more').first().click();
    const item = this.page
      .locator(".context-view .action-label, .monaco-menu .action-label", { hasText: title })
      .first();
    await item.click();
    // A menu takes no click in the moment after it was opened.
    await item.waitFor({ state: "hidden", timeout: 2000 }).catch(() => item.click());
  }

  /** Clicks Run above the only flow and gives the run's page. A lens that is drawn anew under the mouse takes no click. */
  async runByLens(): Promise<FrameLocator> {
    for (let attempt = 1; ; attempt++) {
      await this.lens("Run").click();
      try {
        return await this.frameWith(".run-title", attempt === 3 ? 60_000 : 20_000);
      } catch (error) {
        if (attempt === 3) throw error;
      }
    }
  }

  /** The page inside the webview editor that is visible (the n-th, from the left). */
  webview(nth = 0): FrameLocator {
    return this.page.frameLocator("iframe.webview.ready").nth(nth).frameLocator("#active-frame");
  }

  /** The frame among the visible webviews that contains what the selector finds. */
  async frameWith(selector: string, timeout = 60_000): Promise<FrameLocator> {
    const end = Date.now() + timeout;
    for (;;) {
      const count = await this.page.locator("iframe.webview.ready").count();
      for (let nth = 0; nth < count; nth++) {
        const frame = this.webview(nth);
        if (
          (await frame
            .locator(selector)
            .count()
            .catch(() => 0)) > 0
        )
          return frame;
      }
      if (Date.now() > end) throw new Error(`no visible page has ${selector}`);
      await this.page.waitForTimeout(100);
    }
  }

  async tabs(): Promise<readonly string[]> {
    return this.page.locator(".tabs-container .tab .label-name").allInnerTexts();
  }

  /** All that stand in the notification centre: under test VS Code pops none up. */
  async notifications(): Promise<readonly string[]> {
    await this.command("Notifications: Show Notifications");
    await this.page.waitForTimeout(500);
    const texts = await this.page.locator(".notifications-center .notification-list-item-message").allInnerTexts();
    await this.page.keyboard.press("Escape");
    return texts;
  }

  /** Number of the first line that contains the text; the editor draws only what is in view. */
  async lineOf(text: string): Promise<number> {
    const row = this.page.locator(".view-line", { hasText: text }).first();
    const numbers = this.page.locator(".margin-view-overlays .line-numbers");
    // An editor that has just come up still moves: text and numbers are measured one after the other.
    for (const end = Date.now() + 20_000; Date.now() < end; await this.page.waitForTimeout(100)) {
      const box = await row.boundingBox();
      for (const number of await numbers.all()) {
        const at = await number.boundingBox().catch(() => null);
        if (box && at && Math.abs(at.y - box.y) < 4) return Number(await number.innerText());
      }
    }
    throw new Error(`no line in view contains "${text}"`);
  }

  async goToLine(line: number | string): Promise<void> {
    await this.page.keyboard.press("Control+G");
    await this.quickInput.waitFor();
    await this.quickInput.fill(`:${line}`);
    await this.page.keyboard.press("Enter");
  }

  /** What the editor tells of the name at this place, once it tells something. */
  async hoverAt(line: number, column: number): Promise<string> {
    await this.goToLine(`${line}:${column}`);
    await this.page.keyboard.press("Control+K");
    await this.page.keyboard.press("Control+I");
    const hover = this.page.locator(".monaco-hover:not(.hidden) .monaco-hover-content").first();
    await hover.waitFor();
    const text = await hover.innerText();
    await this.page.keyboard.press("Escape");
    return text;
  }

  /** Errors and warnings that the editor draws under the text in view. */
  squiggles(kind: "error" | "warning" | "info" = "error"): Locator {
    return this.page.locator(`.squiggly-${kind}`);
  }

  /** By the command, as a user does: reloading the browser's page loses what webviews have just stored. */
  async reload(): Promise<void> {
    await this.command("Developer: Reload Window");
    await this.page.waitForTimeout(1500);
    await this.ready();
  }

  /** By the label that the picker shows. */
  async theme(label: string): Promise<void> {
    await this.command("Preferences: Color Theme", { asks: true });
    await this.page.locator(".quick-input-list .monaco-list-row", { hasText: "Light" }).first().waitFor();
    await this.quickInput.fill(label);
    await this.page.locator(".quick-input-list .monaco-list-row", { hasText: label }).first().waitFor();
    await this.page.waitForTimeout(300);
    await this.page.keyboard.press("Enter");
    await this.quickInput.waitFor({ state: "hidden" });
  }

  /** Goes to screenshots/ (not committed). */
  async screenshot(name: string): Promise<void> {
    const folder =
      process.env["MILLRACE_SCREENSHOTS"] ?? path.join(path.dirname(path.dirname(e2eFolder)), "screenshots");
    mkdirSync(folder, { recursive: true });
    await this.page.screenshot({ path: path.join(folder, `${name}.png`) });
  }
}
