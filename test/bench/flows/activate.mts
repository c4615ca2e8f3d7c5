/**
 * Activates the built extension on an editor in memory and prints its own time: loading its code and activate(); with it
 * what that has read of the extension and which of Node's own modules it was the first to need.
 */
import module from "node:module";
import path from "node:path";
import process from "node:process";
import { fakeExtensionContext, fakeVscode } from "../../support/fake-vscode.ts";

const [dist = "", folder = ""] = process.argv.slice(2);
const fake = fakeVscode({ folders: [folder], settings: { "millrace.home": path.join(folder, "home") } });
// What VS Code has open when the extension is activated by its language: files that have nothing to do with it.
for (let number = 0; number < 10; number++) {
  fake.openDocument(path.join(folder, `file${number}.ts`), "export const value = 1;\n".repeat(2000));
}
const { context } = fakeExtensionContext(path.dirname(dist), folder);
const load = Reflect.get(module, "_load");
Reflect.set(module, "_load", (request: string, ...rest: unknown[]) =>
  request === "vscode" ? fake.api : load(request, ...rest),
);
const require = module.createRequire(import.meta.url);
const loaded = (): readonly string[] => Reflect.get(process, "moduleLoadList");
const before = new Set(loaded());
const begin = performance.now();
require(path.join(dist, "extension", "main.cjs")).activate(context);
const milliseconds = performance.now() - begin;
const files = Object.keys(require.cache).map((file) => path.basename(file));
const builtins = loaded()
  .filter((name) => !before.has(name))
  .map((name) => name.replace(/^NativeModule /, ""));
console.log(JSON.stringify({ milliseconds, files, builtins }));
process.exit(0);
