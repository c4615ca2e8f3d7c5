// Builds dist/: the command, the runner, the orchestrator (CommonJS, so that the compile cache covers them) and the
// SDK (an ES module). `--outdir DIR` builds somewhere else, `--version V` under another version than package.json's.
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { buildEditor } from "./scripts/build-editor.mjs";
import { createNotices } from "./scripts/notices.mjs";

const root = path.dirname(fileURLToPath(import.meta.url));
const given = (name) => {
  const at = process.argv.indexOf(name);
  return at > 0 ? process.argv[at + 1] : undefined;
};
const outdir = path.resolve(given("--outdir") ?? process.env.MILLRACE_DIST ?? path.join(root, "dist"));
const version = given("--version") ?? JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")).version;

const notices = createNotices(root);
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node22",
  minify: process.argv.includes("--minify"),
  // Each kept name is a call at start; without minifying the names are there anyway.
  keepNames: process.argv.includes("--minify"),
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
  run: "runtime/cli/run-command.ts",
  runner: "runtime/runner/main.ts",
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
 * What user code imports: name under sdk/ → source. All of it is one file, sdk/millrace.js, behind thin entry points:
 * code splitting would cut it into a dozen shared pieces, and each file that a run opens costs it a third of a
 * millisecond. Each entry point runs its own part only: what millrace/blocks needs (streams, cryptography) takes longer
 * to load than all of `millrace`.
 */
const library = {
  index: "runtime/sdk/index.ts",
  blocks: "runtime/blocks/index.ts",
  testing: "runtime/testing/index.ts",
};
/** Packages that the library needs only sometimes, each a file of its own under sdk/lib. */
const lazyPackages = [
  "sql.js",
  "ws",
  "hyparquet",
  "hyparquet-writer",
  "hyparquet-writer/src/datapage.js",
  "hyparquet-writer/src/snappy.js",
  "hyparquet-compressors",
  "nodemailer",
  "google-auth-library",
  "@google-cloud/storage",
  "@google-cloud/bigquery",
  "pg",
  "pg-copy-streams",
  "pg-cursor",
];
/** Threads that the library starts, beside the packages that they need. */
const threads = {
  "parquet-encoder": "runtime/blocks/tables/encoder-worker.ts",
  checksum: "runtime/blocks/gcp/checksum-worker.ts",
};
const lazyFile = (name) => `${name.replace("@", "").replaceAll("/", "-")}.cjs`;
/** One of them may need another: then it is that file too, so that there is one copy of its classes. */
const besideEachOther = {
  name: "lazy-packages-beside-each-other",
  setup(builder) {
    builder.onResolve({ filter: /^[@a-z]/ }, ({ path: name, kind }) =>
      kind !== "entry-point" && lazyPackages.includes(name)
        ? { path: `./${lazyFile(name)}`, external: true }
        : undefined,
    );
  },
};
/** Importing millrace loads no zod: the SDK's `z` is a stand-in that loads it when it is first touched. */
const lazyZod = {
  name: "lazy-zod",
  setup(builder) {
    builder.onResolve({ filter: /^zod$/ }, ({ importer }) =>
      importer === path.join(root, "runtime", "sdk", "z.ts")
        ? { path: path.join(root, "runtime", "sdk", "lazy-zod.ts") }
        : undefined,
    );
  },
};
/**
 * Node's modules as constants, one per name that is used. An ES import of a builtin reads all of its exports, and so
 * loads what stands behind lazy ones (fs/promises, webcrypto: milliseconds of every start); esbuild's interop for
 * CommonJS copies all properties once per importing file.
 */
const builtins = {
  name: "builtins",
  setup(builder) {
    builder.onResolve({ filter: /^node:/ }, ({ path: name, kind }) =>
      kind === "import-statement" ? { path: name, namespace: "builtin", sideEffects: false } : undefined,
    );
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
/** In the library, a lazy package is required when the module that imports it first runs. */
const lazily = {
  name: "lazy-packages",
  setup(builder) {
    builder.onResolve({ filter: /^[@a-z]/ }, ({ path: name }) =>
      lazyPackages.includes(name) ? { path: name, namespace: "lazy-package", sideEffects: false } : undefined,
    );
    builder.onLoad({ filter: /.*/, namespace: "lazy-package" }, async ({ path: name }) => {
      const names = Object.keys(await import(name)).filter(
        (key) => /^[A-Za-z_$][\w$]*$/.test(key) && key !== "default",
      );
      return {
        contents: [
          // An address that the bundler does not follow.
          `const lib = require(["./lib/${lazyFile(name)}"][0]);`,
          "export default lib.default ?? lib;",
          `export const { ${names.join(", ")} } = lib;`,
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
rmSync(path.join(outdir, "sdk"), { recursive: true, force: true });
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
  build({
    ...common,
    stdin: {
      contents: Object.entries(library)
        .map(([name, source]) => `export const ${name} = () => require("./${source}");`)
        .join("\n"),
      resolveDir: root,
      sourcefile: "library.js",
    },
    outfile: path.join(outdir, "sdk", "millrace.js"),
    format: "esm",
    plugins: [...common.plugins, lazyZod, lazily, builtins],
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url), __dirname = import.meta.dirname;',
    },
  }),
  build({
    ...common,
    entryPoints: { zod: "runtime/sdk/zod.ts" },
    outdir: path.join(outdir, "sdk"),
    format: "esm",
    plugins: [...common.plugins, builtins],
  }),
  build({
    ...common,
    entryPoints: {
      ...Object.fromEntries(lazyPackages.map((name) => [lazyFile(name).slice(0, -4), name])),
      ...threads,
    },
    outdir: path.join(outdir, "sdk", "lib"),
    format: "cjs",
    outExtension: { ".js": ".cjs" },
    plugins: [...common.plugins, besideEachOther],
  }),
]);
notices.write(outdir);
// The copy under $MILLRACE_HOME has no package.json above it that says so.
writeFileSync(path.join(outdir, "sdk", "package.json"), '{"type":"module"}\n');
const built = await import(pathToFileURL(path.join(outdir, "sdk", "millrace.js")).href);
for (const name of Object.keys(library)) {
  const names = Object.keys(built[name]()).join(", ");
  writeFileSync(
    path.join(outdir, "sdk", `${name}.js`),
    `import { ${name} } from "./millrace.js";\nexport const { ${names} } = ${name}();\n`,
  );
}
// What the orchestrator knows of the built-in blocks without loading them.
const blocks = built.blocks();
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
const require = createRequire(import.meta.url);
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
