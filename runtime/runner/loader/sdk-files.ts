import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { packageFolder } from "./probe.ts";

export interface SdkFiles {
  /** URL of the bundled file behind `millrace` or `millrace/…`, for every parent and before anything else. */
  byName(specifier: string): string | undefined;
  /** What stands in for a package that the workspace may not have; `sure` when Node need not be asked. */
  fallback(specifier: string, parent: string): { readonly url: string; readonly sure: boolean } | undefined;
  /** Whether a URL is one of the SDK's files. */
  isSdk(url: string): boolean;
  /** Whether it is one of the bundles: loaded as Node loads it, and none of the user's sources. */
  isOwn(file: string): boolean;
}

/** The zod entries that mean zod 4, whose bundle this is. */
const zodNames: ReadonlySet<string> = new Set(["zod", "zod/v4"]);

/** The bundled SDK wins over an installed copy: it always fits the runner. */
export function sdkFiles(dist: string): SdkFiles {
  const folder = path.join(dist, "sdk");
  const urlOf = (name: string): string => pathToFileURL(path.join(folder, `${name}.js`)).href;
  const index = urlOf("index");
  const prefix = "millrace/";
  const folderUrl = new URL(".", index).href;
  return {
    byName(specifier) {
      if (specifier === "millrace") return index;
      if (!specifier.startsWith(prefix)) return undefined;
      const name = specifier.slice(prefix.length);
      return /^[a-z]+$/.test(name) && fs.existsSync(path.join(folder, `${name}.js`)) ? urlOf(name) : undefined;
    },
    fallback(specifier, parent) {
      if (!zodNames.has(specifier)) return undefined;
      // Plug'n'Play knows packages that stand in no node_modules.
      const sure = packageFolder("zod", parent) === undefined && process.versions["pnp"] === undefined;
      return { url: urlOf("zod"), sure };
    },
    isSdk: (url) => url.startsWith(folderUrl) && url.endsWith(".js"),
    isOwn: (file) => file.startsWith(dist + path.sep),
  };
}
