// Builds dist/extension/main.cjs with what activation needs, and the rest of the extension beside it, loaded when it is
// first used: each hundred kilobytes that the editor reads at its start take it two milliseconds.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { build, transform } from "esbuild";

/** An import() of a file of ours; types are told as `typeof import()`. */
const lazyImport = /(?<!typeof )\bimport\("(\.{1,2}\/[^"]+\.ts)"\)/g;
/** Where such imports are. */
const folders = ["extension", "runtime/client"];

export async function buildExtension(root, outdir, common) {
  const target = path.join(outdir, "extension");
  const { outputFiles } = await build({
    ...common,
    entryPoints: { main: "extension/main.ts" },
    outdir: target,
    outExtension: { ".js": ".cjs" },
    // Only modules can be split; what comes out becomes CommonJS below.
    format: "esm",
    splitting: true,
    write: false,
    define: { ...common.define, "import.meta.dirname": "__dirname" },
    external: [...common.external, "vscode", "./language-client.cjs"],
    mainFields: ["module", "main"],
    plugins: [...common.plugins, together(root)],
  });
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const { target: language, platform, minify, keepNames } = common;
  for (const { path: file, text } of outputFiles) {
    const { code } = await transform(text, {
      ...{ format: "cjs", target: language, platform, minify, keepNames: keepNames && minify },
      // Becomes a require, which VS Code's loader and every Node know.
      supported: { "dynamic-import": false },
    });
    writeFileSync(file, code);
  }
}

/**
 * Everything that is imported lazily becomes one file. Left alone, each import() makes a file of its own and one for each
 * set of them that share something: a dozen files take longer to open than they save.
 */
function together(root) {
  const names = new Map();
  for (const folder of folders) {
    for (const name of readdirSync(path.join(root, folder), { recursive: true }).sort()) {
      if (!name.endsWith(".ts")) continue;
      const file = path.join(root, folder, name);
      for (const [, relative] of readFileSync(file, "utf8").matchAll(lazyImport)) {
        const imported = path.resolve(path.dirname(file), relative);
        if (!names.has(imported)) names.set(imported, `module${names.size}`);
      }
    }
  }
  const contents = [...names].map(([file, name]) => `export * as ${name} from ${JSON.stringify(file)};`).join("\n");
  return {
    name: "together",
    setup(builder) {
      builder.onResolve({ filter: /^later$/ }, () => ({ path: "later", namespace: "together" }));
      builder.onLoad({ filter: /.*/, namespace: "together" }, () => ({ contents, resolveDir: root }));
      builder.onLoad({ filter: /\.ts$/, namespace: "file" }, ({ path: file }) => {
        const text = readFileSync(file, "utf8");
        const rewritten = text.replace(lazyImport, (whole, relative) => {
          const name = names.get(path.resolve(path.dirname(file), relative));
          return name === undefined ? whole : `import("later").then((later) => later.${name})`;
        });
        return rewritten === text ? undefined : { contents: rewritten, loader: "ts" };
      });
    },
  };
}
