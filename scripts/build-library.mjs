// Builds dist/sdk: what user code imports. Part of esbuild.mjs.
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { build } from "esbuild";

/**
 * Entry points under sdk/ → where the code lies and its source. `millrace` is the file that every run loads, and blocks
 * are not in it: reading and checking a file costs a run, whether its functions are called or not. All else is in one
 * file, because each file that a run opens costs it a third of a millisecond; code splitting would make a dozen.
 */
const entries = {
  index: { bundle: "millrace", source: "runtime/sdk/index.ts" },
  testing: { bundle: "millrace", source: "runtime/testing/index.ts" },
  blocks: { bundle: "blocks", source: "runtime/blocks/index.ts" },
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
const lazyZod = (root) => ({
  name: "lazy-zod",
  setup(builder) {
    builder.onResolve({ filter: /^zod$/ }, ({ importer }) =>
      importer === path.join(root, "runtime", "sdk", "z.ts")
        ? { path: path.join(root, "runtime", "sdk", "lazy-zod.ts") }
        : undefined,
    );
  },
});
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
/**
 * Sources that millrace.cjs has already are taken from there: one copy of their state, and less to load.
 * @param from where millrace.cjs is, seen from the bundle
 */
const fromMillrace = (root, from, theirs, used) => ({
  name: "from-millrace",
  setup(builder) {
    builder.onResolve({ filter: /^\.\.?\// }, ({ path: relative, resolveDir, namespace }) => {
      const name = path.relative(root, path.resolve(resolveDir, relative)).replaceAll(path.sep, "/");
      if (namespace !== "file" || !theirs.has(name)) return undefined;
      used.add(name);
      return { path: name, namespace: "millrace", sideEffects: false };
    });
    builder.onLoad({ filter: /.*/, namespace: "millrace" }, ({ path: name }) => ({
      contents: `module.exports = require([${JSON.stringify(from)}][0]).shared[${JSON.stringify(name)}]();`,
      loader: "js",
    }));
  },
});

/**
 * @param builtins the plugin for Node's modules that all bundles have
 * @param runners programs that run flows, and so load millrace.cjs in any case: name in dist → source
 */
export async function buildLibrary({ root, outdir, common, builtins, runners }) {
  const folder = path.join(outdir, "sdk");
  rmSync(folder, { recursive: true, force: true });
  const library = {
    ...common,
    format: "cjs",
    define: { ...common.define, "import.meta.dirname": "__dirname", "import.meta.filename": "__filename" },
    plugins: [...common.plugins, lazyZod(root), lazily, builtins],
  };
  await Promise.all([
    buildBundles({ root, folder, common, builtins, library, runners }),
    build({
      ...common,
      entryPoints: { zod: "runtime/sdk/zod.ts" },
      outdir: folder,
      format: "esm",
      plugins: [...common.plugins, builtins],
    }),
    build({
      ...common,
      entryPoints: {
        ...Object.fromEntries(lazyPackages.map((name) => [lazyFile(name).slice(0, -4), name])),
        ...threads,
      },
      outdir: path.join(folder, "lib"),
      format: "cjs",
      outExtension: { ".js": ".cjs" },
      plugins: [...common.plugins, besideEachOther],
    }),
  ]);
  // The copy under $MILLRACE_HOME has no package.json above it that says so.
  writeFileSync(path.join(folder, "package.json"), '{"type":"module"}\n');
  writeEntries(folder);
}

/** millrace.cjs, blocks.cjs and what stands on them. Entries are functions, so that each runs its own part only. */
async function buildBundles({ root, folder, common, builtins, library, runners }) {
  const { metafile } = await build({ ...library, ...bundle(root, "millrace", []), write: false, metafile: true });
  const theirs = new Set(Object.keys(metafile.inputs));
  const used = new Set();
  await Promise.all([
    build({
      ...library,
      ...bundle(root, "blocks", []),
      plugins: [fromMillrace(root, "./millrace.cjs", theirs, used), ...library.plugins],
      outfile: path.join(folder, "blocks.cjs"),
    }),
    build({
      ...library,
      entryPoints: runners,
      outdir: path.dirname(folder),
      outExtension: { ".js": ".cjs" },
      external: [...library.external, "./run.cjs", "./runner.cjs", "./cli.cjs"],
      plugins: [fromMillrace(root, "./sdk/millrace.cjs", theirs, used), ...common.plugins, builtins],
    }),
  ]);
  await build({
    ...library,
    ...bundle(root, "millrace", [...used].sort()),
    outfile: path.join(folder, "millrace.cjs"),
  });
}

function bundle(root, name, shared) {
  const mine = Object.entries(entries).filter(
    ([, entry]) => entry.bundle === name && existsSync(path.join(root, entry.source)),
  );
  const lines = mine.map(([entry, { source }]) => `exports.${entry} = () => require("./${source}");`);
  const given = shared.map((source) => `${JSON.stringify(source)}: () => require("./${source}")`);
  if (given.length > 0) lines.push(`exports.shared = {${given.join(", ")}};`);
  return { stdin: { contents: lines.join("\n"), resolveDir: root, sourcefile: `${name}.cjs` } };
}

/**
 * ES modules with a name for each export. They require what they give: Node compiles CommonJS in a third less time, and
 * without the ES wrapper of node:module that `import` would make.
 */
function writeEntries(folder) {
  const require = createRequire(path.join(folder, "index.js"));
  for (const [entry, { bundle: file }] of Object.entries(entries)) {
    if (!existsSync(path.join(folder, `${file}.cjs`))) continue;
    const names = Object.keys(require(`./${file}.cjs`)[entry]()).join(", ");
    writeFileSync(
      path.join(folder, `${entry}.js`),
      [
        'const { createRequire } = process.getBuiltinModule("node:module");',
        `export const { ${names} } = createRequire(import.meta.url)("./${file}.cjs").${entry}();`,
        "",
      ].join("\n"),
    );
  }
}
