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
    const { line, column, lineText } = placeOf(text, offsetOf(message, text));
    const short = message.replace(/ in JSON at position [\s\S]*$/, "").replace(/, (?:\.\.\.)?"[\s\S]*$/, "");
    throw new LoadError({ file, line, column }, `not JSON: ${short}`, lineText, { cause: error });
  }
}

/** V8 tells the position of most errors, but not of an unexpected token; that is the end of the first prefix with it. */
function offsetOf(message: string, text: string): number {
  const position = /at position (\d+)/.exec(message)?.[1];
  if (position !== undefined) return Number(position);
  if (!isUnexpectedToken(text)) return text.length;
  let [good, bad] = [0, text.length];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (isUnexpectedToken(text.slice(0, middle))) bad = middle;
    else good = middle;
  }
  return good;
}

function isUnexpectedToken(text: string): boolean {
  try {
    JSON.parse(text);
    return false;
  } catch (error) {
    return error instanceof Error && error.message.startsWith("Unexpected token");
  }
}
