// Installs what the end-to-end tests need: VS Code (code-server's build), a browser driver and vsce from test/e2e's own
// package. Nothing is compiled and no install script runs. The browser itself is Debian's or the user's own Chromium.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

export const e2eFolder = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const modules = path.join(e2eFolder, "node_modules");
export const vscodeFolder = path.join(modules, "code-server", "lib", "vscode");
const root = path.dirname(path.dirname(e2eFolder));
const windows = process.platform === "win32";

/** The Node that the project pins: the system's may be too old for VS Code and vsce. */
export const node = path.join(root, "node_modules", "node", "bin", windows ? "node.exe" : "node");

/** Parts of VS Code that no test of this extension touches: 600 MB become 260. */
const unneeded = [
  "node_modules/@github",
  "node_modules/@microsoft/mxc-sdk",
  "node_modules/@vscode/windows-process-tree",
  "node_modules/@vscode/windows-registry",
  "node_modules/@vscode/sandbox-runtime",
  "node_modules/@vscode/tree-sitter-wasm",
  "node_modules/kerberos",
  "node_modules/ssh2",
  "node_modules/cpu-features",
  "node_modules/@parcel/watcher-linux-x64-musl",
  "node_modules/@vscode/sqlite3",
  "node_modules/@devcontainers",
  "extensions/copilot",
  "extensions/mermaid-markdown-features",
  "extensions/microsoft-authentication",
];

function npm(args, cwd) {
  const all = [...args, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const script = process.env.npm_execpath;
  const environment = { ...process.env, npm_config_engine_strict: "false" };
  const options = { cwd, stdio: ["ignore", 2, 2], env: environment };
  const { status, error } = script?.endsWith(".js")
    ? spawnSync(process.execPath, [script, ...all], options)
    : spawnSync(windows ? "npm.cmd" : "npm", all, { ...options, shell: windows });
  if (error) throw error;
  if (status !== 0) throw new Error(`npm ${args.join(" ")} in ${cwd} ended with ${status}`);
}

/** Safe to call each time: does nothing when everything is there. */
export function install() {
  const lock = readFileSync(path.join(e2eFolder, "package-lock.json"), "utf8");
  const stamp = path.join(modules, ".millrace-installed");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  npm(["ci"], e2eFolder);
  // Its own lock is out of step with its package.json, so `npm ci` refuses.
  npm(["install", "--omit=dev", "--no-package-lock"], vscodeFolder);
  npm(["install", "--omit=dev", "--no-package-lock"], path.join(vscodeFolder, "extensions"));
  for (const name of unneeded) rmSync(path.join(vscodeFolder, name), { recursive: true, force: true });
  writeFileSync(stamp, lock);
}

/** @throws Error that says how to get one. */
export function findChromium() {
  const found = [
    process.env.CHROMIUM,
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  ].find((file) => file && existsSync(file));
  if (found) return found;
  throw new Error("No Chromium was found: install one (Debian: apt-get install chromium) or set CHROMIUM to its path.");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) install();
