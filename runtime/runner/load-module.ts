import path from "node:path";
import { pathToFileURL } from "node:url";
import type { SdkRuntime } from "../protocol/sdk-runtime.ts";
import { explainLoadFailure } from "./explain-load.ts";
import type { Loader } from "./loader/install.ts";

export type ModuleNamespace = Readonly<Record<string, unknown>>;

/** Imports a user's file. @throws MillraceError "load-failed" with the place. */
export async function loadModule(file: string, loader: Pick<Loader, "recompileLast">): Promise<ModuleNamespace> {
  try {
    const namespace: ModuleNamespace = await import(pathToFileURL(file).href);
    return unwrap(namespace);
  } catch (error) {
    throw explainLoadFailure(error, file, loader.recompileLast);
  }
}

/** CommonJS exports that Node could not see beforehand stand on the default export only. */
function unwrap(namespace: ModuleNamespace): ModuleNamespace {
  const exported = namespace["module.exports"] ?? namespace["default"];
  const isCommonJs = "module.exports" in namespace || Object.keys(namespace).length === 1;
  return isCommonJs && isPlainObject(exported) ? { ...exported, ...namespace } : namespace;
}

function isPlainObject(value: unknown): value is ModuleNamespace {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** The bundled SDK, the same module that `import "millrace"` gives the user. */
export async function loadSdk(dist: string): Promise<SdkRuntime> {
  const sdk: { readonly runtime: SdkRuntime } = await import(pathToFileURL(path.join(dist, "sdk", "index.js")).href);
  return sdk.runtime;
}
