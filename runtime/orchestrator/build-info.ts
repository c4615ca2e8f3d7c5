import { readFileSync } from "node:fs";
import path from "node:path";
import { millraceVersion } from "../protocol/version.ts";

/** The folder of the bundles: where this one stands. From source (tests), what MILLRACE_DIST says. */
export function programsFolder(): string {
  return typeof __dirname === "string" ? __dirname : (process.env["MILLRACE_DIST"] ?? process.cwd());
}

/** Which build this is, by build.json beside the programs. */
export function buildOf(folder: string): { readonly version: string; readonly build: string } {
  try {
    const parsed: { version?: string; build?: string } = JSON.parse(
      readFileSync(path.join(folder, "build.json"), "utf8"),
    );
    return { version: parsed.version ?? millraceVersion, build: parsed.build ?? "" };
  } catch {
    return { version: millraceVersion, build: "" };
  }
}
