/** How many cells a text takes on a terminal, and cutting and padding by cells. */
import { stripVTControlCharacters } from "node:util";

let segmenter: Intl.Segmenter | undefined;
const printable = /^[\x20-\x7e]*$/;
const zeroWidth = /^[\p{Mn}\p{Me}\p{Cf}\p{Cc}]$/u;
const emoji = /^\p{Emoji_Presentation}/u;

/** East Asian Wide and Fullwidth (Unicode annex 11), merged into ranges. */
const wide: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97c],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x17000, 0x18cff],
  [0x1b000, 0x1b2ff],
  [0x20000, 0x3fffd],
];

/** Cells of a text without escape sequences counted. */
export function textWidth(text: string): number {
  if (printable.test(text)) return text.length;
  let width = 0;
  for (const cluster of clusters(stripVTControlCharacters(text))) width += clusterWidth(cluster);
  return width;
}

function clusters(text: string): Iterable<string> {
  if (printable.test(text)) return text;
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

function clusterWidth(cluster: string): number {
  const code = cluster.codePointAt(0) ?? 0;
  if (code >= 0x20 && code < 0x7f && cluster.length === 1) return 1;
  if (emoji.test(cluster) || cluster.includes("\ufe0f")) return 2;
  // A pair of regional indicators is one flag.
  if (code >= 0x1f1e6 && code <= 0x1f1ff) return 2;
  const first = String.fromCodePoint(code);
  if (zeroWidth.test(first)) return 0;
  return wide.some(([from, to]) => code >= from && code <= to) ? 2 : 1;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: this is the escape sequence of terminals
const escapes = /\u001b\[[0-9;]*m/y;

/** At most `width` cells, ending in `ellipsis` when cut; colours are kept and closed. */
export function truncate(text: string, width: number, ellipsis = "…"): string {
  if (width <= 0) return "";
  if (textWidth(text) <= width) return text;
  const room = width - textWidth(ellipsis);
  if (room < 0) return truncate(ellipsis, width, "");
  let result = "";
  let used = 0;
  let colored = false;
  let at = 0;
  while (at < text.length) {
    escapes.lastIndex = at;
    const sequence = escapes.exec(text)?.[0];
    if (sequence !== undefined) {
      result += sequence;
      colored = true;
      at += sequence.length;
      continue;
    }
    const next = text.indexOf("\u001b", at);
    const run = next < 0 ? text.slice(at) : text.slice(at, Math.max(next, at + 1));
    for (const cluster of clusters(run)) {
      const cells = clusterWidth(cluster);
      if (used + cells > room) return `${result}${ellipsis}${colored ? "\u001b[0m" : ""}`;
      result += cluster;
      used += cells;
    }
    at += run.length;
  }
  return result;
}

export function padEnd(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - textWidth(text)));
}

export function padStart(text: string, width: number): string {
  return " ".repeat(Math.max(0, width - textWidth(text))) + text;
}

/**
 * Breaks at spaces; a word wider than the line is broken hard, or left whole where it is to be copied (paths).
 * Keeps the text's own line ends.
 */
export function wrap(text: string, width: number, longWords: "break" | "keep" = "break"): string[] {
  const limit = Math.max(8, width);
  const lines: string[] = [];
  for (const paragraph of text.split("\n")) {
    let line = "";
    for (const word of paragraph.split(" ")) {
      let rest = word;
      if (line !== "" && textWidth(line) + 1 + textWidth(rest) <= limit) {
        line += ` ${rest}`;
        continue;
      }
      if (line !== "") lines.push(line);
      while (longWords === "break" && textWidth(rest) > limit) {
        const head = truncate(rest, limit, "");
        lines.push(head);
        rest = rest.slice(head.length);
      }
      line = rest;
    }
    lines.push(line);
  }
  return lines;
}

/**
 * Text from a user's program as one line of ours: without escape sequences, line ends and other control characters,
 * which would break the layout or move the cursor.
 */
export function oneLine(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/\s*\r?\n\s*/g, " ")
    .replace(/\t/g, "  ")
    .replace(/\p{Cc}/gu, "");
}

/** Like `oneLine`, but the text's own lines stay apart. */
export function cleanLines(text: string): string[] {
  return stripVTControlCharacters(text).replace(/\r\n/g, "\n").replace(/\n+$/, "").split("\n").map(oneLine);
}
