// The harness loads the project's TypeScript as it is: that takes the Node the project pins.
import { spawnSync } from "node:child_process";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));
export const projectNode = path.join(
  root,
  "node_modules",
  "node",
  "bin",
  process.platform === "win32" ? "node.exe" : "node",
);

/** Starts the script again with that Node, where this is another one, and ends with it. */
export function useProjectNode() {
  if (process.features.typescript) return;
  const { status } = spawnSync(projectNode, ["--disable-warning=ExperimentalWarning", ...process.argv.slice(1)], {
    stdio: "inherit",
  });
  process.exit(status ?? 1);
}
