import { createRequire } from "node:module";
import path from "node:path";
import process from "node:process";

/** The folder of the bundles: where this one stands. From source (tests), what MILLRACE_DIST says. */
export function distFolder(): string {
  if (typeof __dirname === "string") return __dirname;
  const chosen = process.env["MILLRACE_DIST"];
  if (chosen !== undefined) return path.resolve(chosen);
  throw new Error("the runner's sources were not bundled: set MILLRACE_DIST to the folder of a build");
}

/** Requires a bundle that stands beside this one, when it is first needed. The caller says what it exports. */
export function requireSibling<T>(dist: string, name: string): T {
  const exports: T = createRequire(path.join(dist, name))(`./${name}`);
  return exports;
}
