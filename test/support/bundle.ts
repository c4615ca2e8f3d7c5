/** Bundles sources into a temporary folder, so that processes of a test start as quickly as a built Millrace. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "esbuild";
import { projectRoot } from "./places.ts";

export interface Bundle {
  readonly folder: string;
  /** The driver given, as an ES module. */
  readonly driver: string;
  remove(): void;
}

/** A driver of test/support with the keeper beside it, as in dist/. */
export async function bundleDriver(source: string): Promise<Bundle> {
  const folder = mkdtempSync(path.join(tmpdir(), "millrace-driver-"));
  const common = {
    absWorkingDir: projectRoot,
    bundle: true,
    platform: "node",
    target: "node22",
    outdir: folder,
  } as const;
  const banner =
    'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);';
  await Promise.all([
    build({
      ...common,
      entryPoints: { driver: path.join("test/support", source) },
      format: "esm",
      outExtension: { ".js": ".mjs" },
      banner: { js: banner },
    }),
    build({
      ...common,
      entryPoints: { keeper: "runtime/runner/keeper.ts" },
      format: "cjs",
      outExtension: { ".js": ".cjs" },
    }),
  ]);
  return {
    folder,
    driver: path.join(folder, "driver.mjs"),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
