/** What assistive technology is given of a page in the window: by the rules of axe-core, and as Chromium itself tells it. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import type { Frame, FrameLocator } from "playwright-core";
import { e2eFolder } from "./install.mjs";

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly target: readonly unknown[]; readonly failureSummary?: string }[];
}

const rules = {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"],
  rules: {
    tabindex: { enabled: true },
    "heading-order": { enabled: true },
    "landmark-unique": { enabled: true },
    "page-has-heading-one": { enabled: true },
    "aria-dialog-name": { enabled: true },
  },
  resultTypes: ["violations"],
};

async function frameOf(page: FrameLocator): Promise<Frame> {
  const frame = await (await page.locator("body").elementHandle())?.ownerFrame();
  if (frame == null) throw new Error("This page is gone.");
  return frame;
}

/** What axe-core finds wrong, one line each; none when all is well. */
export async function violationsOn(page: FrameLocator): Promise<readonly string[]> {
  const frame = await frameOf(page);
  const require = createRequire(path.join(e2eFolder, "package.json"));
  // As an expression of the protocol: the page's own policy allows no other script.
  if (!(await frame.evaluate("typeof axe === 'object'")))
    await frame.evaluate(`${readFileSync(require.resolve("axe-core/axe.min.js"), "utf8")};0`);
  // The page lets the editor's colour shine through, which stands on a frame around it.
  await frame.evaluate(() => {
    const around = document.body.dataset["page"] === "panel" ? "sideBar" : "editor";
    document.documentElement.style.background = `var(--vscode-${around}-background)`;
  });
  const found: readonly Violation[] = await frame.evaluate(
    `axe.run(document, ${JSON.stringify(rules)}).then(({ violations }) => violations)`,
  );
  return found.flatMap(({ id, nodes }) =>
    nodes.map(
      ({ target, failureSummary = "" }) => `${id}: ${target.join(" ")}: ${failureSummary.replace(/\s+/g, " ")}`,
    ),
  );
}

interface TreeNode {
  readonly ignored: boolean;
  readonly role?: { readonly value: string };
  readonly name?: { readonly value: string };
  readonly properties?: readonly { readonly name: string; readonly value: { readonly value?: unknown } }[];
}

interface FrameTree {
  readonly frame: { readonly id: string };
  readonly childFrames?: readonly FrameTree[];
}

export interface Focusable {
  readonly role: string;
  readonly name: string;
}

/** Everything on the page that the keyboard can reach, as Chromium tells it to assistive technology. */
export async function focusablesOn(page: FrameLocator): Promise<readonly Focusable[]> {
  const frame = await frameOf(page);
  // The page stands in a frame within the frame that the editor made for it; the outer one may have a process of its own.
  const around = frame.parentFrame() ?? frame;
  const context = frame.page().context();
  const protocol = await context.newCDPSession(around).catch(() => context.newCDPSession(frame.page()));
  const title = await frame.title();
  // Frames have other names here and there; the root of a tree is called like its document.
  const marker = "the page that is looked at";
  await frame.evaluate((text) => {
    document.title = text;
  }, marker);
  try {
    await protocol.send("Accessibility.enable");
    const { frameTree } = (await protocol.send("Page.getFrameTree")) as { frameTree: FrameTree };
    const ids = ({ frame: one, childFrames = [] }: FrameTree): readonly string[] => [
      one.id,
      ...childFrames.flatMap(ids),
    ];
    for (const frameId of ids(frameTree)) {
      const { nodes } = (await protocol.send("Accessibility.getFullAXTree", { frameId })) as {
        nodes: readonly TreeNode[];
      };
      if (!nodes.some(({ role, name }) => role?.value === "RootWebArea" && name?.value === marker)) continue;
      return nodes
        .filter(({ ignored, role }) => !ignored && role?.value !== "RootWebArea")
        .filter(({ properties = [] }) => properties.some((one) => one.name === "focusable" && one.value.value === true))
        .map(({ role, name }) => ({ role: role?.value ?? "", name: name?.value ?? "" }));
    }
    throw new Error(`No tree among ${ids(frameTree).length} is that of the page.`);
  } finally {
    await frame.evaluate((text) => {
      document.title = text;
    }, title);
    await protocol.detach();
  }
}

/** Notes from now on what the page says aloud; the function gives what was said. */
export async function listenTo(page: FrameLocator): Promise<() => Promise<readonly string[]>> {
  await page.locator("main").evaluate((main) => {
    const said: string[] = [];
    Reflect.set(window, "saidAloud", said);
    const listen = (): void => {
      for (const region of main.querySelectorAll("[aria-live=polite].visually-hidden")) {
        const text = region.textContent?.trim() ?? "";
        if (text !== "" && said.at(-1) !== text) said.push(text);
      }
    };
    new MutationObserver(listen).observe(main, { subtree: true, childList: true, characterData: true });
    listen();
  });
  return () => page.locator("main").evaluate(() => Reflect.get(window, "saidAloud") as string[]);
}
