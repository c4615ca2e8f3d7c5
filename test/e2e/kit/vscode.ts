/** A real VS Code (code-server's build of the server and the workbench) with the extension in it, all in a throw-away place. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import http from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { install, node, vscodeFolder } from "./install.mjs";

export interface VscodeOptions {
  /** A VSIX that is installed as a user would, or the folder of an unpacked extension that is copied. */
  readonly extension: string;
  /** Folders of other extensions that are there beside it. */
  readonly alongside?: readonly string[];
  /** User settings beside the quiet ones. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Workspace trust is off by default: everything is trusted, as after a click on "Yes". */
  readonly trust?: "off" | "on";
  /** Environment of the server and so of the extension host. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Vscode {
  /** Everything of this VS Code lies below it. */
  readonly folder: string;
  /** $MILLRACE_HOME of what runs in it. */
  readonly home: string;
  readonly port: number;
  readonly node: string;
  /** The address of a window with this folder or `.code-workspace` file, or an empty window. */
  address(workspace?: string): string;
  /** Installs a VSIX beside or over what is there; open windows take it up when they are reloaded. */
  install(vsix: string): void;
  /** What the extension wrote to its log channel so far. */
  extensionLog(): string;
  stop(): Promise<void>;
}

const quiet = {
  "workbench.startupEditor": "none",
  "security.workspace.trust.enabled": false,
  "security.workspace.trust.startupPrompt": "never",
  "security.workspace.trust.banner": "never",
  "telemetry.telemetryLevel": "off",
  "extensions.autoCheckUpdates": false,
  "extensions.autoUpdate": false,
  "chat.disableAIFeatures": true,
  "workbench.tips.enabled": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.reduceMotion": "on",
  "editor.cursorBlinking": "solid",
  "window.commandCenter": false,
  "remote.autoForwardPorts": false,
  "typescript.surveys.enabled": false,
};

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = http.get({ host: "127.0.0.1", port, path: "/version" }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on("error", () => resolve(false));
  });
}

/** The environment of a user who has only VS Code: no variables of the tests' own process steer the extension. */
function userEnvironment(home: string, more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const environment = { ...process.env };
  for (const name of Object.keys(environment)) {
    if (/^(MILLRACE_|NODE_OPTIONS$|NODE_TEST|npm_|VSCODE_)/.test(name)) delete environment[name];
  }
  return { ...environment, HOME: home, ...more };
}

export async function startVscode(options: VscodeOptions): Promise<Vscode> {
  install();
  const folder = mkdtempSync(path.join(tmpdir(), "millrace-e2e-"));
  const at = (...parts: string[]): string => path.join(folder, ...parts);
  const userHome = at("home");
  const home = at("home", ".millrace");
  for (const name of ["home", "data/User", "extensions", "server"]) mkdirSync(at(name), { recursive: true });
  const settings = {
    ...quiet,
    ...(options.trust === "on" ? { "security.workspace.trust.enabled": true } : {}),
    ...options.settings,
  };
  writeFileSync(at("data/User/settings.json"), JSON.stringify(settings));
  const environment = userEnvironment(userHome, options.environment ?? {});
  if (options.extension.endsWith(".vsix")) installVsix(options.extension, at("data"), at("extensions"), environment);
  else cpSync(options.extension, at("extensions", "millrace.millrace-0.1.0"), { recursive: true, dereference: true });
  for (const other of options.alongside ?? []) {
    cpSync(other, at("extensions", path.basename(other)), { recursive: true });
  }
  const port = await freePort();
  const output = openSync(at("server.log"), "w");
  const server = spawn(
    node,
    [
      path.join(vscodeFolder, "out", "server-main.js"),
      ...["--host", "127.0.0.1", "--port", String(port)],
      ...["--without-connection-token", "--accept-server-license-terms", "--enable-smoke-test-driver"],
      ...["--user-data-dir", at("data"), "--server-data-dir", at("server"), "--extensions-dir", at("extensions")],
      ...["--telemetry-level", "off"],
    ],
    { env: environment, stdio: ["ignore", output, output], detached: true },
  );
  closeSync(output);
  for (let looks = 0; !(await answers(port)); looks++) {
    if (looks > 300 || server.exitCode !== null) {
      throw new Error(`VS Code's server did not start:\n${readFileSync(at("server.log"), "utf8")}`);
    }
    await pause(100);
  }
  return {
    folder,
    home,
    port,
    node,
    address: (workspace) => `http://127.0.0.1:${port}/${queryOf(workspace)}`,
    install: (vsix) => installVsix(vsix, at("data"), at("extensions"), environment),
    extensionLog: () => readLogs(at("data", "logs")),
    async stop() {
      await endGroup(server);
      stopOrchestrator(at("extensions"), home, environment);
      endRuns(home);
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function queryOf(workspace: string | undefined): string {
  if (workspace === undefined) return "?ew=true";
  const kind = workspace.endsWith(".code-workspace") ? "workspace" : "folder";
  return `?${kind}=${encodeURIComponent(workspace)}`;
}

function installVsix(file: string, data: string, extensions: string, environment: NodeJS.ProcessEnv): void {
  const entry = path.join(path.dirname(path.dirname(vscodeFolder)), "out", "node", "entry.js");
  const result = spawnSync(
    node,
    [entry, "--user-data-dir", data, "--extensions-dir", extensions, "--install-extension", file],
    { env: environment, encoding: "utf8", timeout: 60_000 },
  );
  if (result.status !== 0) throw new Error(`The VSIX was not installed:\n${result.stdout}${result.stderr}`);
}

function readLogs(folder: string): string {
  const found = spawnSync("find", [folder, "-name", "*.log", "-path", "*illrace*"], { encoding: "utf8" });
  return found.stdout
    .split("\n")
    .filter(Boolean)
    .map((file) => readFileSync(file, "utf8"))
    .join("\n");
}

/** The orchestrator is detached on purpose: it outlives the editor, so the test has to end it. */
function stopOrchestrator(extensions: string, home: string, environment: NodeJS.ProcessEnv): void {
  const launcher = path.join(home, "bin", "millrace");
  if (!existsSync(launcher)) return;
  spawnSync(launcher, ["orchestrator", "stop"], { env: environment, timeout: 20_000, cwd: extensions });
}

/** Runs outlive everything else: one that a failed test has left would go on for ever. */
function endRuns(home: string): void {
  const live = path.join(home, "live");
  for (const name of existsSync(live) ? readdirSync(live) : []) {
    const { writer } = JSON.parse(readFileSync(path.join(live, name), "utf8"));
    signalGroup(writer.pid, "SIGKILL");
  }
}

async function endGroup(server: ChildProcess): Promise<void> {
  if (server.pid === undefined || server.exitCode !== null) return;
  const ended = new Promise<void>((resolve) => server.once("exit", () => resolve()));
  signalGroup(server.pid, "SIGTERM");
  await Promise.race([ended, pause(3000)]);
  signalGroup(server.pid, "SIGKILL");
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended.
  }
}
