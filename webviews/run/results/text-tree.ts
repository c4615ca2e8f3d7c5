/** Text that is indented as JSON and is none, as lines that can be folded. Pure. */
import { linesOf, parseJson, type Shape, type TreeChoices, type TreeLine } from "./json-tree.ts";

/** A value as its indented text tells it. */
export interface TextNode {
  readonly text: string;
  readonly entries?: readonly (readonly [string, TextNode])[];
}

export function textTreeLines(root: TextNode, choices: TreeChoices): readonly TreeLine[] {
  return linesOf(root, textShape, choices);
}

const textShape: Shape<TextNode> = {
  entries: (node) => node.entries,
  look: ({ text, entries }, size) => {
    if (entries === undefined) return { text, kind: kindOfText(text) };
    const own = text.replace(/ ?[[{]$/, "");
    const count = size.toLocaleString("en-US");
    const isList = text.endsWith("[");
    // "Map(2) {" says itself how many there are.
    return { text: own !== "" ? own : isList ? `[${count}]` : `{${count}}`, kind: isList ? "array" : "object" };
  },
};

function kindOfText(text: string): TreeLine["kind"] {
  if (text.startsWith('"')) return "string";
  if (/^-?(?:\d|NaN|Infinity)/.test(text)) return "number";
  if (text === "true" || text === "false") return "boolean";
  if (text === "[]" || text === "{}") return text === "[]" ? "array" : "object";
  return text === "null" || text === "undefined" ? "null" : "string";
}

/**
 * Reads text that is indented as JSON and is none: it tells kinds that JSON does not know (a Map, a BigInt), or was cut
 * somewhere. Two spaces are one level; what opens ends with a bracket. Undefined for other texts.
 */
export function parseIndented(text: string): TextNode | undefined {
  const lines = text.split("\n");
  const first = lines[0] ?? "";
  if (!/[[{]$/.test(first)) return undefined;
  let at = 0;
  return read(0);

  function read(level: number): TextNode {
    const line = withoutComma((lines[at] ?? "").trim());
    at++;
    const [, own] = nameAndText(line);
    if (!/[[{]$/.test(own)) return { text: own };
    const entries: (readonly [string, TextNode])[] = [];
    while (at < lines.length) {
      const next = lines[at] ?? "";
      const depth = (next.length - next.trimStart().length) / 2;
      if (depth <= level) {
        if (/^\s*[\]}]/.test(next)) at++;
        break;
      }
      const [name] = nameAndText(withoutComma(next.trim()));
      entries.push([name ?? String(entries.length), read(level + 1)]);
    }
    return { text: own, entries };
  }
}

function withoutComma(line: string): string {
  return line.endsWith(",") ? line.slice(0, -1) : line;
}

/** `"name": text` of an object, `key => text` of a Map. */
function nameAndText(line: string): readonly [string | undefined, string] {
  const named = /^"((?:[^"\\]|\\.)*)": (.*)$/.exec(line);
  if (named?.[1] !== undefined && named[2] !== undefined) return [unescaped(named[1]), named[2]];
  const keyed = /^((?:"(?:[^"\\]|\\.)*"|[^"\s]+)) => (.*)$/.exec(line);
  return keyed?.[1] === undefined || keyed[2] === undefined ? [undefined, line] : [keyed[1], keyed[2]];
}

function unescaped(name: string): string {
  const parsed = parseJson(`"${name}"`)?.value;
  return typeof parsed === "string" ? parsed : name;
}
