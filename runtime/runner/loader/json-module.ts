import { LoadError, placeOf } from "./load-error.ts";

/**
 * JSON as an ES module: the value as default export, and each key that can be a name as a named one, as bundlers and
 * TypeScript's `resolveJsonModule` have taught people. @throws LoadError when it does not parse.
 */
export function jsonModule(text: string, file: string): string {
  const value = parseJson(text.replace(/^\uFEFF/, ""), file);
  const names =
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.keys(value).filter((key) => key !== "default" && /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key))
      : [];
  const literal = JSON.stringify(JSON.stringify(value));
  const bindings = names.map((name, index) => `const v${index}=value[${JSON.stringify(name)}];`).join("");
  const exports = names.map((name, index) => `v${index} as ${name}`).join(",");
  return `const value=JSON.parse(${literal});export default value;${bindings}export{${exports}};`;
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const position = /at position (\d+)/.exec(message)?.[1];
    const { line, column, lineText } = placeOf(text, position === undefined ? text.length : Number(position));
    const short = message.replace(/ in JSON at position.*$/, "").replace(/ ?\(line \d+ column \d+\)$/, "");
    throw new LoadError({ file, line, column }, `not JSON: ${short}`, lineText, { cause: error });
  }
}
