/** How code in a folder imports a module that is known by its absolute path. */
import path from "node:path";
import { pathToFileURL } from "node:url";

/** Names of packages are specifiers as they are. */
export function specifierOf(module: string, folder: string): string {
  if (!path.isAbsolute(module)) return module;
  const relative = path.relative(folder, module);
  // Another drive of Windows.
  if (path.isAbsolute(relative)) return pathToFileURL(module).href;
  const written = relative.split(path.sep).join("/");
  return written.startsWith("../") ? written : `./${written}`;
}
