import process from "node:process";
import { hookedRequire } from "./private-require.ts";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

/** Whether this Node gives CommonJS that is reached by import a `require` that skips the hooks (nodejs/node#63060). */
export const gotPrivateRequire = major < 24 || (major === 24 && minor < 16);

/**
 * The source with a `require` that the hooks see, on the same line; undefined when it has no need of one. Installed
 * packages are left alone unless they ask for something that only the hooks know.
 */
export function commonJsPrelude(source: string, installed: boolean): string | undefined {
  if (!/\brequire\b/.test(source)) return undefined;
  if (installed && !/["'](?:millrace|zod)\b/.test(source)) return undefined;
  return hookedRequire(source) + source.replace(/^#!/, "//");
}
