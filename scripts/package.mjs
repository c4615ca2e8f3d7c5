// Makes the VSIX: `npm run package` for the universal one, `-- --target linux-x64` for one that carries esbuild's native
// program for that platform (the universal one transforms TypeScript with its built-in fallback). Files land in .vsix/.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { e2eFolder, install, node } from "../test/e2e/kit/install.mjs";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** VS Code's name of a platform → esbuild's package for it. */
const transformers = {
  "linux-x64": "linux-x64",
  "linux-arm64": "linux-arm64",
  "linux-armhf": "linux-arm",
  "alpine-x64": "linux-x64",
  "alpine-arm64": "linux-arm64",
  "darwin-x64": "darwin-x64",
  "darwin-arm64": "darwin-arm64",
  "win32-x64": "win32-x64",
  "win32-arm64": "win32-arm64",
};

/** What the editor reads of package.json; the rest is the npm package's business. */
const manifestKeys = [
  "name",
  "displayName",
  "description",
  "version",
  "publisher",
  "license",
  "type",
  "icon",
  "categories",
  "keywords",
  "repository",
  "main",
  "activationEvents",
  "contributes",
  "capabilities",
  "extensionKind",
];
/** Of the examples only what "Try the Taxi Example" copies. */
const extras = ["README.md", "CHANGELOG.md", "LICENSE", "media", "schemas", "examples/zoomcamp"];

function must(command, args, options) {
  const { status, error, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: "utf8", ...options });
  if (error) throw error;
  if (status !== 0) throw new Error(`${path.basename(args[0] ?? command)} ended with ${status}:\n${stdout}${stderr}`);
}

/** Builds the folder that is packed. */
function stage(folder, target, version) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const dist = path.join(folder, "dist");
  must(node, ["esbuild.mjs", "--outdir", dist, "--version", version]);
  must(node, [path.join("scripts", "build-types.mjs"), "--outdir", dist]);
  // The same declarations for the npm package; here they are in sdk-types.
  rmSync(path.join(dist, "types"), { recursive: true, force: true });
  rmSync(path.join(dist, "node_modules"), { recursive: true, force: true });
  const manifest = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
  const kept = Object.fromEntries(manifestKeys.filter((key) => key in manifest).map((key) => [key, manifest[key]]));
  kept.version = version;
  kept.engines = { vscode: manifest.engines.vscode };
  // Everything that was staged belongs in; without this file vsce warns.
  writeFileSync(path.join(folder, ".vscodeignore"), "");
  writeFileSync(path.join(folder, "package.json"), `${JSON.stringify(kept, null, 2)}\n`);
  for (const name of extras) {
    if (!existsSync(path.join(root, name))) continue;
    const filter = (file) => !file.includes(".test.");
    cpSync(path.join(root, name), path.join(folder, name), { recursive: true, filter });
  }
  if (target !== undefined) addTransformer(path.join(dist, "node_modules"), target);
}

/** Below dist/: vsce leaves out a node_modules at the top. */
function addTransformer(modules, target) {
  const platform = transformers[target];
  if (platform === undefined)
    throw new Error(`unknown target "${target}"; one of: ${Object.keys(transformers).join(", ")}`);
  const native = path.join(root, "node_modules", "@esbuild", platform);
  if (!existsSync(native)) {
    throw new Error(`@esbuild/${platform} is not installed here: npm i --no-save --force @esbuild/${platform}`);
  }
  cpSync(native, path.join(modules, "@esbuild", platform), { recursive: true });
  const from = path.join(root, "node_modules", "esbuild");
  // Its bin/ is a second copy of the native program.
  for (const name of ["package.json", "lib/main.js", "LICENSE.md"])
    cpSync(path.join(from, name), path.join(modules, "esbuild", name));
}

/** @returns the path of the VSIX. Under another version than package.json's it is what an update would bring. */
export function makeVsix({ target, version: chosen } = {}) {
  install();
  const { name, version: own } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
  const version = chosen ?? own;
  const out = path.join(root, ".vsix");
  const folder = path.join(out, chosen === undefined ? (target ?? "universal") : `${target ?? "universal"}-${version}`);
  stage(folder, target, version);
  const file = path.join(out, `${name}${target === undefined ? "" : `-${target}`}-${version}.vsix`);
  const vsce = path.join(e2eFolder, "node_modules", "@vscode", "vsce", "vsce");
  const args = ["package", "--no-dependencies", "--allow-missing-repository", "--out", file];
  must(node, [vsce, ...args, ...(target === undefined ? [] : ["--target", target])], { cwd: folder });
  return file;
}

export function packageCommand(args) {
  const at = args.indexOf("--target");
  const file = makeVsix(at >= 0 ? { target: args[at + 1] } : {});
  console.log(`${path.relative(root, file)}  ${(statSync(file).size / 1e6).toFixed(2)} MB`);
  return 0;
}
