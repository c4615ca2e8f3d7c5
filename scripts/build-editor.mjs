// Builds what only the editor needs: dist/extension, dist/language-server and dist/webviews. Part of esbuild.mjs, which
// also takes `--editor-only`.
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { build } from "esbuild";
import { buildExtension } from "./build-extension.mjs";

const require = createRequire(import.meta.url);

/** Pages: name of the bundle → its source. */
const pages = ["run", "history", "panel", "graph", "block", "deployment"];
/** VS Code's own builds of tree-sitter. The tsx grammar reads JavaScript too. */
const grammars = ["tree-sitter.wasm", "tree-sitter-typescript.wasm", "tree-sitter-tsx.wasm"];

export async function buildEditor(root, outdir, common) {
  const source = (...parts) => path.join(root, ...parts);
  // It clears the folder that the next builds write into.
  await buildExtension(root, outdir, common);
  /** bundle → its source. The language client is as large as the rest of the extension, and needed only sometimes. */
  const programs = {
    "extension/language-client": "extension/language/client.ts",
    "language-server/main": "language-server/main.ts",
  };
  await Promise.all([
    ...Object.entries(programs)
      .filter(([, file]) => existsSync(source(file)))
      .map(([name, file]) =>
        build({
          ...common,
          entryPoints: { [name]: file },
          outdir,
          format: "cjs",
          outExtension: { ".js": ".cjs" },
          define: { ...common.define, "import.meta.dirname": "__dirname" },
          external: [...common.external, "vscode"],
          // Some of its dependencies are published as UMD too, whose requires cannot be followed.
          mainFields: ["module", "main"],
        }),
      ),
    build({
      ...common,
      platform: "browser",
      target: "chrome130",
      entryPoints: Object.fromEntries(
        pages.map((name) => [name, `webviews/${name}/page.tsx`]).filter(([, file]) => existsSync(source(file))),
      ),
      outdir: path.join(outdir, "webviews"),
      format: "iife",
      jsx: "automatic",
      jsxImportSource: "preact",
      loader: { ".ttf": "file", ".svg": "dataurl" },
      assetNames: "[name]",
      minify: true,
      keepNames: false,
    }),
  ]);
  const server = path.join(outdir, "language-server");
  mkdirSync(server, { recursive: true });
  for (const name of grammars)
    copyFileSync(require.resolve(`@vscode/tree-sitter-wasm/wasm/${name}`), path.join(server, name));
}
