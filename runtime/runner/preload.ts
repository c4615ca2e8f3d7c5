import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { SdkRuntime } from "../protocol/sdk-runtime.ts";
import { loadHashing } from "../protocol/sha256.ts";
import { parseStack } from "../protocol/stack.ts";
import { importModule } from "../system/boot-seam.ts";

/** What of the SDK's exports is used here; its file is loaded by address. */
interface SdkModule {
  readonly z?: typeof import("zod").z;
}

/**
 * Does once, before anybody waits, what nearly every run does first: the first use of zod, of hashing and of a mapped
 * stack each take milliseconds, the second none.
 */
export async function preload(dist: string, runtime: Pick<SdkRuntime, "preload">): Promise<void> {
  await runtime.preload?.();
  await preloadZod(dist);
  loadHashing();
  parseStack(new Error("warm").stack ?? "");
}

async function preloadZod(dist: string): Promise<void> {
  const folder = path.join(dist, "sdk");
  const { z } = await importModule<SdkModule>(pathToFileURL(path.join(folder, "index.js")).href);
  // Through the SDK's own `z`: it requires the file that `import "zod"` gives, and remembers it.
  if (z !== undefined) rehearse(z);
  const zod = path.join(folder, "zod.js");
  if (fs.existsSync(zod)) await importModule(pathToFileURL(zod).href);
}

/** The kinds of fields that parameters have. */
function rehearse(z: typeof import("zod").z): void {
  const parameters = z.object({
    count: z.int().min(1).default(1),
    ratio: z.number().optional(),
    name: z.string().min(1),
    kind: z.enum(["a", "b"]).default("a"),
    list: z.array(z.string()).default([]),
    flag: z.boolean().default(false),
  });
  parameters.safeParse({ name: "a", list: ["b"] });
  parameters.safeParse({});
}
