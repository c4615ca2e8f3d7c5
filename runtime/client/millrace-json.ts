/** millrace.json on the disk: the nearest one, what it declares, and changes of it. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type Declared, readDeclared } from "../protocol/declared.ts";
import type { DeploymentSettings } from "../protocol/deployments.ts";
import { MillraceError } from "../protocol/errors.ts";

export const fileName = "millrace.json";

/** In the folder or above it. */
export function nearestFile(folder: string): string | undefined {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    const file = path.join(at, fileName);
    if (existsSync(file)) return file;
    if (at === path.dirname(at)) return undefined;
  }
}

/** Where a new one belongs: at the top of the project that the flow is part of, else where one stands. */
export function newFile(flowFile: string, cwd: string): string {
  for (let at = path.dirname(flowFile); ; at = path.dirname(at)) {
    if (existsSync(path.join(at, "package.json")) || existsSync(path.join(at, ".git"))) return path.join(at, fileName);
    if (at === path.dirname(at)) break;
  }
  const inside = !path.relative(cwd, flowFile).startsWith("..");
  return path.join(inside ? cwd : path.dirname(flowFile), fileName);
}

export interface DeclaredDeployment {
  readonly declared: Declared;
  readonly settings: DeploymentSettings;
}

export function readText(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

/** @throws MillraceError "bad-file" naming line, column and field of all that is wrong. */
export function readFile(file: string): readonly DeclaredDeployment[] {
  const { deployments, problems } = readDeclared(readFileSync(file, "utf8").replace(/^\ufeff/, ""));
  if (problems.length > 0) {
    const list = problems.map(({ line, column, path: at, message }) => `${file}:${line}:${column}: ${at} ${message}`);
    throw new MillraceError(
      "bad-file",
      `${list.map((line) => line.replace("  ", " ")).join("\n")}\nNothing was deployed.`,
    );
  }
  return deployments.map((declared) => ({ declared, settings: settingsIn(file, declared) }));
}

export function settingsIn(file: string, { file: flow, export: flow_export, settings }: Declared): DeploymentSettings {
  const folder = path.dirname(file);
  const { code } = settings;
  // A repository beside the file is named as everything else is: from the file's folder.
  const isNear = typeof code === "object" && /^\.{1,2}(?:$|[\\/])/.test(code.git);
  return {
    ...settings,
    ...(isNear ? { code: { ...code, git: path.resolve(folder, code.git) } } : {}),
    flow_file: path.resolve(folder, flow),
    flow_export,
    cwd: path.resolve(folder, settings.cwd ?? "."),
    declared_in: file,
  };
}

export function writeText(file: string, text: string): void {
  writeFileSync(file, text);
}

/** As it is written in the file: relative to it, with slashes. */
export function referenceIn(file: string, flowFile: string, exported: string): string {
  return `${path.relative(path.dirname(file), flowFile).replaceAll("\\", "/")}:${exported}`;
}
