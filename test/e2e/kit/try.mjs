// For looking while one builds: a real VS Code with the extension from the sources, driven by a small script.
//   node test/e2e/kit/try.mjs --dist DIR [--workspace DIR] [--script FILE.mjs] [--theme NAME] [--width N --height N]
// The script exports `run({ workbench, page, vscode, workspace })`. Screenshots: workbench.screenshot(name).
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { e2eFolder } from "./install.mjs";
import { openSession } from "./session.ts";

const root = path.dirname(path.dirname(e2eFolder));
const { values } = parseArgs({
  options: {
    dist: { type: "string" },
    workspace: { type: "string" },
    script: { type: "string" },
    theme: { type: "string" },
    folder: { type: "string" },
    trust: { type: "string" },
    width: { type: "string", default: "1400" },
    height: { type: "string", default: "900" },
  },
});
const staged = mkdtempSync(path.join(tmpdir(), "millrace-try-"));
for (const name of ["package.json", "media", "schemas", "examples"]) {
  if (existsSync(path.join(root, name))) cpSync(path.join(root, name), path.join(staged, name), { recursive: true });
}
cpSync(values.dist ?? path.join(root, "dist"), path.join(staged, "dist"), { recursive: true, dereference: true });

const after = [];
let failed = false;
try {
  const session = await openSession(
    { name: "try", after: (work) => after.unshift(work) },
    {
      extension: staged,
      viewport: { width: Number(values.width), height: Number(values.height) },
      ...(values.trust === "on" ? { trust: "on" } : {}),
      ...(values.folder === undefined ? {} : { folder: values.folder }),
      settings: values.theme === undefined ? {} : { "workbench.colorTheme": values.theme },
      prepare: (folder) => {
        mkdirSync(folder, { recursive: true });
        if (values.workspace !== undefined) cpSync(values.workspace, folder, { recursive: true });
      },
    },
  );
  try {
    if (values.script !== undefined) {
      const { run } = await import(pathToFileURL(path.resolve(values.script)).href);
      await run(session);
    }
  } catch (thrown) {
    failed = true;
    console.error(String(thrown).slice(0, 600));
    await session.workbench.screenshot("try-failed");
  }
  await session.workbench.screenshot("try-last");
  console.log("tabs:", (await session.workbench.tabs()).join(" | "));
  console.log("notifications:", (await session.workbench.notifications()).join(" | "));
  if (session.errors.length > 0)
    console.log(
      "errors:",
      session.errors
        .slice(0, 10)
        .map((text) => text.slice(0, 300))
        .join("\n  "),
    );
  const log = session.vscode.extensionLog();
  if (log) console.log("extension log:\n", log.slice(-3000));
} finally {
  for (const work of after) await work();
  rmSync(staged, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);
