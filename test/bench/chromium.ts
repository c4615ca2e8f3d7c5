/** A browser to measure pages in, where the machine has one. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { projectRoot } from "../support/places.ts";

/** As far as the bench uses playwright-core, which is installed for the tests in a real editor only. */
interface Page {
  goto(url: string): Promise<unknown>;
  waitForFunction(expression: string, argument: unknown, options: { timeout: number }): Promise<unknown>;
  evaluate(expression: string): Promise<unknown>;
  on(event: "pageerror", listener: (error: Error) => void): void;
  context(): { newCDPSession(page: Page): Promise<Protocol> };
  close(): Promise<void>;
}

interface Protocol {
  send(method: string, parameters?: object): Promise<unknown>;
  on(event: "Tracing.dataCollected", listener: (data: { readonly value: readonly TraceEvent[] }) => void): void;
  once(event: "Tracing.tracingComplete", listener: () => void): void;
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Processor time of the thread, in microseconds. */
  readonly tdur?: number;
}

interface Browser {
  newPage(options: { viewport: { width: number; height: number } }): Promise<Page>;
  close(): Promise<void>;
}

interface Playwright {
  readonly chromium: {
    launch(options: { executablePath: string; args: readonly string[] }): Promise<Browser>;
  };
}

const usualPlaces = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Why there is none, or the browser. */
export async function openBrowser(): Promise<Browser | string> {
  const executablePath = [process.env["CHROMIUM"], ...usualPlaces].find((place) => place && existsSync(place));
  if (executablePath === undefined) return "no Chromium on this machine";
  try {
    const require = createRequire(path.join(projectRoot, "test", "e2e", "package.json"));
    const { chromium }: Playwright = require("playwright-core");
    return await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
  } catch {
    return "playwright-core is not installed (npm run test:e2e does)";
  }
}

/** From now on; what is returned ends it and gives the longest task of the page's thread, in ms of processor time. */
export async function startTrace(page: Page): Promise<() => Promise<number>> {
  const protocol = await page.context().newCDPSession(page);
  const events: TraceEvent[] = [];
  protocol.on("Tracing.dataCollected", ({ value }) => {
    for (const event of value) events.push(event);
  });
  await protocol.send("Tracing.start", { categories: "toplevel,devtools.timeline", transferMode: "ReportEvents" });
  return async () => {
    const complete = new Promise<void>((resolve) => protocol.once("Tracing.tracingComplete", resolve));
    await protocol.send("Tracing.end");
    await complete;
    const threadOf = ({ pid, tid }: TraceEvent): string => `${pid}:${tid}`;
    const own = new Set(events.filter(({ name }) => name === "FireAnimationFrame").map(threadOf));
    const tasks = events.filter((event) => event.ph === "X" && /RunTask/.test(event.name) && own.has(threadOf(event)));
    return tasks.reduce((longest, { tdur = 0 }) => Math.max(longest, tdur / 1000), 0);
  };
}

/** The page's bundle with the variables of a theme around it, and `shim` in place of the editor. Gives its address. */
export async function buildPage(folder: string, name: string, identity: object, shim: string): Promise<string> {
  const { build } = await import("esbuild");
  await build({
    absWorkingDir: projectRoot,
    bundle: true,
    platform: "browser",
    target: "chrome130",
    entryPoints: { [name]: `webviews/${name}/page.tsx` },
    outdir: folder,
    format: "iife",
    jsx: "automatic",
    jsxImportSource: "preact",
    loader: { ".ttf": "file", ".svg": "dataurl" },
    minify: true,
    logLevel: "error",
  });
  const theme: { readonly variables: Readonly<Record<string, string>>; readonly class: string } = JSON.parse(
    readFileSync(path.join(projectRoot, "webviews", "harness", "themes", "dark-modern.json"), "utf8"),
  );
  const variables = Object.entries(theme.variables).map(([key, value]) => `${key}:${value}`);
  const file = path.join(folder, `${name}.html`);
  writeFileSync(
    file,
    `<!DOCTYPE html><meta charset="utf-8"><link rel="stylesheet" href="${name}.css">
<style>:root{${variables.join(";").replaceAll("<", "")}} html,body,main{height:100%;margin:0}</style>
<body class="${theme.class}"><main data-identity='${JSON.stringify(identity)}' data-known='{}'></main>
<script>${shim}</script><script src="${name}.js"></script>`,
  );
  return `file://${file}`;
}
