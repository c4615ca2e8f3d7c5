// Builds dist/: the command, the runner, the orchestrator (CommonJS: Node compiles and caches it faster than ES modules)
// and the SDK. `--outdir DIR` builds somewhere else, `--version V` under another version than package.json's.
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { buildEditor } from "./scripts/build-editor.mjs";
import { buildLibrary } from "./scripts/build-library.mjs";
import { createNotices } from "./scripts/notices.mjs";

const root = path.dirname(fileURLToPath(import.meta.url));
const given = (name) => {
  const at = process.argv.indexOf(name);
  return at > 0 ? process.argv[at + 1] : undefined;
};
const outdir = path.resolve(given("--outdir") ?? process.env.MILLRACE_DIST ?? path.join(root, "dist"));
const version = given("--version") ?? JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")).version;

const require = createRequire(import.meta.url);
const notices = createNotices(root);
/** Those of them that run flows, and therefore stand on sdk/millrace.cjs. */
const runners = { run: "runtime/cli/run-command.ts", runner: "runtime/runner/main.ts" };
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node22",
  // A third less to read and to check at each start. Names stay: keeping those of shortened ones is a call each.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: "none",
  logLevel: "warning",
  define: { __MILLRACE_VERSION__: JSON.stringify(version) },
  external: ["esbuild"],
  plugins: [notices.plugin],
};

/** name in dist → source; each is one CommonJS file. Missing sources are skipped, so rooms can grow one by one. */
const programs = {
  millrace: "runtime/cli/boot.ts",
  cli: "runtime/cli/main.ts",
  transform: "runtime/runner/loader/transform.ts",
  sucrase: "runtime/runner/loader/sucrase.ts",
  tsconfig: "runtime/runner/loader/tsconfig-parse.ts",
  "worker-hooks": "runtime/runner/loader/worker-hooks.ts",
  keeper: "runtime/runner/keeper.ts",
  orchestrator: "runtime/orchestrator/main.ts",
  snapshot: "runtime/orchestrator/index/snapshot-worker.ts",
  preview: "runtime/orchestrator/preview/preview-worker.ts",
};
/**
 * Node's modules as constants, one per name that is used. An ES import of a builtin reads all of its exports, and so
 * loads what stands behind lazy ones (fs/promises, webcrypto: milliseconds of every start); esbuild's interop for
 * CommonJS copies all properties once per importing file.
 */
const builtins = {
  name: "builtins",
  setup(builder) {
    builder.onResolve({ filter: /^node:/ }, ({ path: name, kind }) => {
      if (kind === "import-statement") return { path: name, namespace: "builtin", sideEffects: false };
      // Code out of the code cache cannot `import()`.
      return kind === "dynamic-import" ? { path: name, namespace: "whole-builtin" } : undefined;
    });
    builder.onLoad({ filter: /.*/, namespace: "whole-builtin" }, ({ path: name }) => ({
      contents: `module.exports = process.getBuiltinModule("${name}");`,
    }));
    builder.onLoad({ filter: /.*/, namespace: "builtin" }, ({ path: name }) => {
      const names = Object.keys(process.getBuiltinModule(name)).filter((key) => /^[A-Za-z_$][\w$]*$/.test(key));
      return {
        contents: [
          `const __get = (key) => process.getBuiltinModule("${name}")[key];`,
          `export default /* @__PURE__ */ process.getBuiltinModule("${name}");`,
          ...names
            .filter((key) => key !== "default")
            .map((key) => `export const ${key} = /* @__PURE__ */ __get("${key}");`),
        ].join("\n"),
      };
    });
  },
};
const present = (entries) =>
  Object.fromEntries(Object.entries(entries).filter(([, source]) => existsSync(path.join(root, source))));

mkdirSync(outdir, { recursive: true });
if (process.argv.includes("--editor-only")) {
  await buildEditor(root, outdir, common);
  process.exit(0);
}
await Promise.all([
  buildEditor(root, outdir, common),
  build({
    ...common,
    entryPoints: present(programs),
    outdir,
    format: "cjs",
    outExtension: { ".js": ".cjs" },
    // CommonJS has no import.meta; what asks for its own folder gets the one word that means it here.
    define: { ...common.define, "import.meta.dirname": "__dirname" },
    // The dispatcher requires its siblings by name at run time; they are separate files on purpose.
    external: [...common.external, "./run.cjs", "./runner.cjs", "./cli.cjs"],
    // Its main file is one that only AMD loaders and Node can follow.
    alias: { "jsonc-parser": "jsonc-parser/lib/esm/main.js" },
    plugins: [...common.plugins, builtins],
  }),
  buildLibrary({ root, outdir, common, builtins, runners }),
]);
notices.write(outdir);
// These come out of the code cache (runtime/cli/code-cache.ts), which reads one byte a character and knows no import().
for (const name of ["run.cjs", "runner.cjs", "cli.cjs", "orchestrator.cjs", path.join("sdk", "millrace.cjs")]) {
  const text = readFileSync(path.join(outdir, name), "latin1");
  if (/[\u0080-\u00ff]/.test(text)) throw new Error(`${name} is not ASCII`);
  const imports = text.match(/(?<![.\w$])import\((?!url\))[^)]*\)/g);
  if (imports !== null) throw new Error(`${name} has ${imports.join(", ")}: use system/boot-seam.ts`);
}
// What the orchestrator knows of the built-in blocks without loading them.
const blocks = require(path.join(outdir, "sdk", "blocks.cjs")).blocks();
const logoOf = (name) => readFileSync(path.join(root, "runtime", "blocks", "logos", `${name}.svg`), "utf8").trim();
const blockTypes = blocks.blocksRuntime.describe(blocks, {
  module: "millrace/blocks",
  version,
  isProtected: true,
  logoOf,
});
writeFileSync(path.join(outdir, "block-types.json"), `${JSON.stringify(blockTypes)}\n`);
// A build outside the checkout (tests of one room) finds esbuild as dist/ does.
if (path.relative(root, outdir).startsWith("..")) {
  mkdirSync(path.join(outdir, "node_modules"), { recursive: true });
  for (const name of ["esbuild", "@esbuild"]) {
    const link = path.join(outdir, "node_modules", name);
    if (!existsSync(link)) symlinkSync(path.join(root, "node_modules", name), link, "junction");
  }
}
copyFileSync(require.resolve("sql.js/dist/sql-wasm.wasm"), path.join(outdir, "sql-wasm.wasm"));

// A build is known by its content: two builds of one version do not share a folder under $MILLRACE_HOME/runtime.
const hash = createHash("sha256");
for (const name of readdirSync(outdir, { recursive: true }).sort()) {
  // What belongs to the editor alone does not go into a home.
  if (/^(extension|language-server|webviews)\b/.test(name)) continue;
  if (/\.(cjs|js|wasm)$/.test(name)) hash.update(name).update(readFileSync(path.join(outdir, name)));
}
writeFileSync(
  path.join(outdir, "build.json"),
  `${JSON.stringify({ version, build: hash.digest("hex").slice(0, 8) })}\n`,
);
