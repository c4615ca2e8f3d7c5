import { existsSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { projectRoot } from "./places.ts";

/** The Nodes of the toolchain that are installed: what has to work on every supported one runs on each. */
export function supportedNodes(): readonly { readonly name: string; readonly binary: string }[] {
  return ["node", "node-oldest", "node-24"]
    .map((name) => ({
      name,
      binary: path.join(projectRoot, "node_modules", name, "bin", process.platform === "win32" ? "node.exe" : "node"),
    }))
    .filter(({ binary }) => existsSync(binary));
}
