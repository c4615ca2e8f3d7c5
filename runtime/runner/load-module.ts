import path from "node:path";
import { pathToFileURL } from "node:url";
import type { SdkRuntime } from "../protocol/sdk-runtime.ts";
import { importModule } from "../system/boot-seam.ts";
import { explainLoadFailure } from "./explain-load.ts";
import type { Guard } from "./guard.ts";
import type { Loader } from "./loader/install.ts";

export type ModuleNamespace = Readonly<Record<string, unknown>>;

/**
 * Imports a user's file.
 * @param during where errors go that nobody catches meanwhile
 * @throws MillraceError "load-failed" with the place
 */
export async function loadModule(
  file: string,
  loader: Pick<Loader, "recompileLast">,
  during: Guard["during"],
): Promise<ModuleNamespace> {
  try {
    return await during(importModule<ModuleNamespace>(pathToFileURL(file).href));
  } catch (error) {
    throw explainLoadFailure(error, file, loader.recompileLast);
  }
}

/** The bundled SDK, the same module that `import "millrace"` gives the user. */
export async function loadSdk(dist: string): Promise<SdkRuntime> {
  const url = pathToFileURL(path.join(dist, "sdk", "index.js")).href;
  return (await importModule<{ readonly runtime: SdkRuntime }>(url)).runtime;
}
