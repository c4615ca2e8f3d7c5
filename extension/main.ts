/** The extension's entry: wires, and nothing else. The only file that loads the editor's API. */
import { existsSync } from "node:fs";
import * as vscode from "vscode";
import { homePaths } from "../runtime/protocol/home.ts";
import { start } from "./activation.ts";

/** A bundle of its own beside this one, loaded when there is something to read. */
declare const require: (file: "./language-client.cjs") => typeof import("./language/client.ts");

export function activate(extension: vscode.ExtensionContext): void {
  start(vscode, extension, {
    startLanguage: (options) => require("./language-client.cjs").startLanguage(options),
    connector: {
      connect: async (home) => (await import("../runtime/client/connect.ts")).connect(home),
      connectOrStart: async (home, options) =>
        (await import("../runtime/client/connect.ts")).connectOrStart(home, options),
    },
    endedInOrder: async (home) => (await import("../runtime/client/owner.ts")).endedInOrder(home),
    async installLauncher(home, node) {
      if (existsSync(homePaths.launcher(home))) return;
      const { installRuntime } = await import("../runtime/client/install.ts");
      const { chooseNode } = await import("../runtime/client/node-path.ts");
      installRuntime(home, undefined, node ?? (await chooseNode()).path);
    },
    async repairService(home) {
      if (process.platform !== "linux") return "not-installed";
      return (await import("../runtime/client/service-unit.ts")).repairService(home);
    },
  });
}
