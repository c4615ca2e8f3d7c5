/**
 * The orchestrator of a home as a systemd user unit: it comes up with the system and schedules fire with nobody logged
 * into an editor. The unit names $MILLRACE_HOME/bin/millrace, which always starts the newest runtime of the home.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { MillraceError, toError } from "../protocol/errors.ts";
import { homeFolder, homePaths } from "../protocol/home.ts";
import { installRuntime } from "./install.ts";

export interface ServiceState {
  readonly unit: string;
  readonly file: string;
  readonly installed: boolean;
  /** The unit says what it should: it names the launcher that is there. */
  readonly current: boolean;
}

export interface ServiceOptions {
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Runs `systemctl --user …`; rejects when that fails or there is none. */
  readonly systemctl?: (given: readonly string[]) => Promise<string>;
  readonly platform?: NodeJS.Platform;
}

/** One unit for each home; that of the usual home has the plain name. */
export function unitName(home: string): string {
  if (path.resolve(home) === homeFolder({})) return "millrace.service";
  return `millrace-${createHash("sha256").update(path.resolve(home)).digest("hex").slice(0, 8)}.service`;
}

export function unitFile(home: string, environment: ServiceOptions["environment"] = process.env): string {
  const config = environment["XDG_CONFIG_HOME"] || path.join(homedir(), ".config");
  return path.join(config, "systemd", "user", unitName(home));
}

/** Pure. Stopping the unit stops the orchestrator only: runs go on, as whenever it ends. */
export function unitText(home: string, searchPath: string): string {
  const launcher = homePaths.launcher(home);
  return [
    "[Unit]",
    `Description=Millrace: schedules of ${plain(home)}`,
    "",
    "[Service]",
    "Type=exec",
    `Environment=${quoted(`MILLRACE_HOME=${home}`)}`,
    `Environment=${quoted(`PATH=${searchPath}`)}`,
    `ExecStart=${quoted(launcher)} orchestrator start --foreground`,
    "KillMode=process",
    "Restart=on-failure",
    "RestartSec=5",
    "",
    "[Install]",
    "WantedBy=default.target",
    "",
  ].join("\n");
}

/** systemd reads backslashes, quotes, "%" and "$" in its own way, and knows no line breaks in a value. */
function quoted(text: string): string {
  const escaped = text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("%", "%%").replaceAll("$", "$$$$");
  return `"${escaped}"`;
}

function plain(text: string): string {
  return text.replaceAll("%", "%%");
}

/** @throws MillraceError "bad-usage" that says what to do where there is no systemd. */
export async function installService(home: string, options: ServiceOptions = {}): Promise<ServiceState> {
  const { environment = process.env, systemctl = runSystemctl } = options;
  await requireSystemd(home, options);
  // The launcher that the unit names.
  installRuntime(home);
  const file = unitFile(home, environment);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, unitText(home, searchPathOf(environment)));
  await told(systemctl, ["daemon-reload"]);
  await told(systemctl, ["enable", "--now", unitName(home)]);
  return serviceState(home, options);
}

/** False when there was none. The orchestrator that is up stays up until it is idle or stopped. */
export async function uninstallService(home: string, options: ServiceOptions = {}): Promise<boolean> {
  const { environment = process.env, systemctl = runSystemctl } = options;
  const file = unitFile(home, environment);
  if (!existsSync(file)) return false;
  // A unit whose systemd is gone is removed all the same.
  await systemctl(["disable", "--now", unitName(home)]).catch(() => undefined);
  rmSync(file, { force: true });
  await systemctl(["daemon-reload"]).catch(() => undefined);
  return true;
}

export function serviceState(home: string, { environment = process.env }: ServiceOptions = {}): ServiceState {
  const file = unitFile(home, environment);
  const text = existsSync(file) ? readFileSync(file, "utf8") : undefined;
  const current = text !== undefined && sameBut(text, home) && existsSync(homePaths.launcher(home));
  return { unit: unitName(home), file, installed: text !== undefined, current };
}

/** The search path may be another from one terminal to the next: that alone is no reason to write the unit again. */
function sameBut(text: string, home: string): boolean {
  const rest = (unit: string): string => unit.replace(/^Environment="PATH=.*$/m, "");
  return rest(text) === rest(unitText(home, ""));
}

/**
 * For the editor, when it comes up: a unit that names a launcher that is gone, or that an older version wrote, is
 * written again. Never installs one.
 */
export async function repairService(
  home: string,
  options: ServiceOptions = {},
): Promise<"not-installed" | "fine" | "repaired"> {
  const { environment = process.env, systemctl = runSystemctl } = options;
  const state = serviceState(home, options);
  if (!state.installed) return "not-installed";
  if (state.current) return "fine";
  installRuntime(home);
  writeFileSync(state.file, unitText(home, searchPathOf(environment)));
  await systemctl(["daemon-reload"]).catch(() => undefined);
  return "repaired";
}

function searchPathOf(environment: Readonly<Record<string, string | undefined>>): string {
  return environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin";
}

async function requireSystemd(home: string, options: ServiceOptions): Promise<void> {
  const { platform = process.platform, systemctl = runSystemctl } = options;
  const command = `"${homePaths.launcher(home)}" orchestrator start`;
  if (platform === "darwin") {
    throw notHere(`macOS has launchd instead: make a login item or a launch agent that runs ${command}`);
  }
  if (platform === "win32") {
    const task = command.replaceAll('"', '\\"');
    throw notHere(`on Windows the task scheduler does it: schtasks /Create /SC ONLOGON /TN Millrace /TR "${task}"`);
  }
  await systemctl(["show-environment"]).catch((thrown: unknown) => {
    const why = toError(thrown).message.trim().split("\n").at(-1);
    throw notHere(
      `no systemd of this user answers (${why}): have whatever starts your programs run ${command}`,
      thrown,
    );
  });
}

function notHere(what: string, cause?: unknown): MillraceError {
  return new MillraceError("bad-usage", `A service can be installed where systemd is; ${what}.`, { cause });
}

async function told(systemctl: NonNullable<ServiceOptions["systemctl"]>, given: readonly string[]): Promise<void> {
  await systemctl(given).catch((cause: unknown) => {
    throw new MillraceError("internal", `systemctl --user ${given.join(" ")} failed: ${toError(cause).message}`, {
      cause,
    });
  });
}

function runSystemctl(given: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile("systemctl", ["--user", ...given], { timeout: 15_000 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(stderr.trim() === "" ? error.message : stderr.trim()));
    });
  });
}
