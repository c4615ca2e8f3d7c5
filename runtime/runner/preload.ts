import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { SdkRuntime } from "../protocol/sdk-runtime.ts";

/** Loads what nearly every run needs and what the SDK itself only loads when it is touched. */
export async function preload(dist: string, runtime: SdkRuntime): Promise<void> {
  await runtime.preload?.();
  const zod = path.join(dist, "sdk", "zod.js");
  if (fs.existsSync(zod)) await import(pathToFileURL(zod).href);
}
