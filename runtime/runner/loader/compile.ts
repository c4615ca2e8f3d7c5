/** From a transformer's output to a module that Node can load: its format, the names people count on, its map. */

import { pathToFileURL } from "node:url";
import vm from "node:vm";
import { parse } from "es-module-lexer/js";
import { hookedRequire } from "./private-require.ts";
import type { CompiledModule, ModuleFormat } from "./transform-cache.ts";

export interface TransformOutput {
  readonly code: string;
  /** Source map v3, JSON. */
  readonly map: string;
}

type Lexed = ReturnType<typeof parse>;

/** @param prelude a statement to run first */
export function finishModule(source: string, file: string, output: TransformOutput, prelude = ""): CompiledModule {
  const lexed = parse(output.code);
  const format = formatOf(output.code, lexed, file);
  const head =
    format === "module" ? `${shims(output.code)}${phantomExports(source, lexed)}` : hookedRequire(output.code);
  return {
    format,
    imports: importsOf(output.code, lexed, format),
    code: `${head}${prelude}\n${output.code}\n//# sourceMappingURL=data:application/json;base64,${inlineMap(output.map, file)}`,
  };
}

const commonJsNames = /\b(?:require|module|exports|__dirname|__filename)\b/;

/** The syntax decides, whatever "type" says: people write import/export in files of packages that are CommonJS. */
function formatOf(code: string, [, , , hasModuleSyntax]: Lexed, file: string): ModuleFormat {
  if (hasModuleSyntax || /\.mts$/i.test(file)) return "module";
  if (/\.cts$/i.test(file)) return "commonjs";
  return commonJsNames.test(code) && isFunctionBody(code) ? "commonjs" : "module";
}

/** A file with top-level await can't be CommonJS, also when it says `require`. */
function isFunctionBody(code: string): boolean {
  try {
    new vm.Script(`(function (exports, require, module, __filename, __dirname) {${code}\n})`);
    return true;
  } catch {
    return !/\bawait\b/.test(code);
  }
}

/** CommonJS names in an ES module, only where they are used and nothing at top level declares them. */
function shims(code: string): string {
  const free = (name: string): boolean =>
    new RegExp(`(?<![.\\w$])${name}\\b`).test(code) &&
    !new RegExp(`\\b(?:const|let|var|function|class|import)\\s+(?:\\{[^}]*)?\\b${name}\\b`).test(code);
  return [
    free("require")
      ? 'import{createRequire as __millraceRequire}from"node:module";const require=__millraceRequire(import.meta.url);'
      : "",
    free("__dirname") ? "const __dirname=import.meta.dirname;" : "",
    free("__filename") ? "const __filename=import.meta.filename;" : "",
  ].join("");
}

/**
 * Names that the TypeScript exports and the JavaScript lost are types. They get an undefined binding, or
 * `export { T } from "./types"` (legal without isolatedModules) would not link.
 */
function phantomExports(source: string, [, exports]: Lexed): string {
  let written: Lexed[1];
  try {
    written = parse(source)[1];
  } catch {
    // The lexer is stricter than the transformer (JSX): such files are pages, seldom libraries of types.
    return "";
  }
  const kept = new Set(exports.flatMap((item) => ("name" in item ? [item.name] : [])));
  const lost = new Set(written.flatMap((item) => ("name" in item && item.name !== "default" ? [item.name] : [])));
  const names = [...lost].filter((name) => !kept.has(name) && /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name));
  if (names.length === 0) return "";
  return `const __millraceType=undefined;export{${names.map((name) => `__millraceType as ${name}`).join(",")}};`;
}

function importsOf(code: string, [imports]: Lexed, format: ModuleFormat): string[] {
  const found = imports.flatMap(({ specifier }) => (typeof specifier === "string" ? [specifier] : []));
  const required = /\brequire\s*\(\s*(["'])([^"'\n]+)\1\s*\)/g;
  const requires = format === "commonjs" || code.includes("require(") ? [...code.matchAll(required)] : [];
  return [...new Set([...found, ...requires.flatMap(([, , specifier]) => specifier ?? [])])];
}

/** The head stands on a line of its own: one empty line in front of the mappings moves them all. */
function inlineMap(json: string, file: string): string {
  const map: { mappings: string; names?: unknown } = JSON.parse(json);
  const url = pathToFileURL(file).href;
  const moved = { version: 3, sources: [url], names: map.names ?? [], mappings: `;${map.mappings}` };
  return Buffer.from(JSON.stringify(moved)).toString("base64");
}
