// Pictures of a page: shot.mjs --url URL --out FILE.png [--theme NAME,…|all] [--width N] [--height N] [--do SCRIPT]…
// SCRIPT is JavaScript with `page` (playwright); each is run in turn before the picture.
import { createRequire } from "node:module";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));
const { chromium } = createRequire(path.join(root, "test", "e2e", "package.json"))("playwright-core");
const { values: given } = parseArgs({
  options: {
    url: { type: "string" },
    out: { type: "string" },
    theme: { type: "string", default: "dark-modern" },
    width: { type: "string", default: "1000" },
    height: { type: "string", default: "700" },
    wait: { type: "string", default: "600" },
    do: { type: "string", multiple: true, default: [] },
    /** Prints the tree that assistive technology sees. */
    tree: { type: "boolean", default: false },
  },
});
if (given.url === undefined) {
  console.error(
    "shot.mjs --url URL --out FILE.png [--theme NAME,…|all] [--width N] [--height N] [--wait MS] [--do SCRIPT]…",
  );
  process.exit(2);
}
const all = ["dark-modern", "light-modern", "high-contrast", "high-contrast-light"];
const themes = given.theme === "all" ? all : given.theme.split(",");
const AsyncFunction = (async () => {}).constructor;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
try {
  for (const theme of themes) {
    const context = await browser.newContext({
      viewport: { width: Number(given.width), height: Number(given.height) },
    });
    const page = await context.newPage();
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) console.log(`${theme}: ${message.text().slice(0, 300)}`);
    });
    page.on("pageerror", (error) => console.log(`${theme}: ${error.stack}`));
    await page.goto(`${given.url}${given.url.includes("?") ? "&" : "?"}theme=${theme}`);
    await page.waitForTimeout(Number(given.wait));
    for (const script of given.do) await new AsyncFunction("page", script)(page);
    if (given.tree) console.log(await page.locator("body").ariaSnapshot());
    const out = given.out ?? "page.png";
    const file = themes.length === 1 ? out : out.replace(/(\.png)?$/, `-${theme}.png`);
    await page.screenshot({ path: file });
    console.log(file);
    await context.close();
  }
} finally {
  await browser.close();
}
