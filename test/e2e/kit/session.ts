/** One test's VS Code with one window in it. */
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import type { TestContext } from "node:test";
import type { Browser, Page } from "playwright-core";
import { e2eFolder, findChromium, install } from "./install.mjs";
import { startVscode, type Vscode, type VscodeOptions } from "./vscode.ts";
import { Workbench } from "./workbench.ts";

export interface Session {
  readonly vscode: Vscode;
  readonly browser: Browser;
  readonly page: Page;
  readonly workbench: Workbench;
  /** The folder that is open. */
  readonly workspace: string;
  /** Messages that pages and the workbench wrote as errors. */
  readonly errors: string[];
  /** Hosts other than our own server that anything asked for. */
  readonly outside: Set<string>;
  /** Another window on the same server, with the same folder. */
  openWindow(): Promise<Workbench>;
  close(): Promise<void>;
}

export interface SessionOptions extends Partial<VscodeOptions> {
  /** Name of the workspace folder below the session's own; may hold blanks and other letters. */
  readonly folder?: string;
  /** Fills the workspace before it is opened. */
  readonly prepare?: (workspace: string, vscode: Vscode) => void | Promise<void>;
  /** A `.code-workspace` file in that folder, which is opened instead of it. */
  readonly workspaceFile?: string;
  readonly viewport?: { readonly width: number; readonly height: number };
  /** Runs in every frame before the frame's own scripts. */
  readonly script?: string;
}

/** What this build of VS Code says of itself: native modules that were not compiled, files it does not ship. */
const knownNoise =
  /Could not locate the bindings file|build\/Release\/watchdog|Failed to load resource|HTTP response code \(404\)|ServiceWorker/;

/** The VSIX under test: MILLRACE_VSIX, which the runner of these tests sets; or an unpacked folder. */
function extensionUnderTest(): string {
  const chosen = process.env["MILLRACE_VSIX"];
  if (chosen) return chosen;
  throw new Error("MILLRACE_VSIX names no extension: start these tests with `npm run test:e2e`.");
}

export async function openSession(
  t: Pick<TestContext, "after" | "name">,
  options: SessionOptions = {},
): Promise<Session> {
  install();
  const { chromium } = createRequire(path.join(e2eFolder, "package.json"))(
    "playwright-core",
  ) as typeof import("playwright-core");
  const vscode = await startVscode({ ...options, extension: options.extension ?? extensionUnderTest() });
  const workspace = path.join(vscode.folder, options.folder ?? "work");
  mkdirSync(workspace, { recursive: true });
  await options.prepare?.(workspace, vscode);
  const browser = await chromium.launch({
    executablePath: findChromium(),
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--disable-background-networking",
      "--disable-component-update",
    ],
  });
  const viewport = options.viewport ?? { width: 1400, height: 900 };
  const page = await patientPage(browser, viewport);
  const errors: string[] = [];
  const outside = new Set<string>();
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !knownNoise.test(message.text())) errors.push(message.text());
  });
  page.on("request", (request) => {
    const { host, protocol } = new URL(request.url());
    // Webviews name their files so; VS Code's own service worker answers.
    if (host.endsWith(".vscode-resource.vscode-cdn.net")) return;
    if (host && protocol.startsWith("http") && host !== `127.0.0.1:${vscode.port}`) outside.add(host);
  });
  if (options.script !== undefined) await page.addInitScript(options.script);
  const opened = options.workspaceFile === undefined ? workspace : path.join(workspace, options.workspaceFile);
  await page.goto(vscode.address(opened));
  const workbench = new Workbench(page);
  // Hooks run in the order they were made, and the browser's would come first.
  t.after(async () => {
    await workbench.screenshot(`last-${t.name.replaceAll(/[^a-z0-9]+/gi, "-")}`).catch(() => {});
    await browser.close();
    await vscode.stop();
  });
  await workbench.ready();
  return {
    vscode,
    browser,
    page,
    workbench,
    workspace,
    errors,
    outside,
    async openWindow() {
      const other = new Workbench(await patientPage(browser, viewport));
      await other.page.goto(vscode.address(opened));
      await other.ready();
      return other;
    },
    async close() {
      await browser.close();
      await vscode.stop();
    },
  };
}

async function patientPage(browser: Browser, viewport: NonNullable<SessionOptions["viewport"]>): Promise<Page> {
  const page = await browser.newPage({ viewport });
  page.setDefaultTimeout(60_000);
  return page;
}
