/** Finds what can be clicked in a line of text: addresses on the web, and places in source files. */
import { fileOf } from "../../../runtime/protocol/stack.ts";

export type TextPiece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "url"; readonly text: string; readonly url: string }
  | {
      readonly kind: "source";
      readonly text: string;
      /** As written: absolute, or relative to the run's working directory. */
      readonly file: string;
      readonly line: number;
      readonly column?: number;
    };

const url = /\bhttps?:\/\/[^\s<>"'`]+/;
const extension = "(?:[cm]?[jt]sx?|json|jsonc|py|sql|ya?ml|toml|md|csv|sh|env|html|css)";
// Only a stack frame says where a path with spaces begins and ends.
const inParentheses = /(?<=\()(?:file:\/\/\/?)?(?:\/|[A-Za-z]:[\\/])[^():]*(?::\d+){1,2}(?=\))/;
const afterAt = /(?<=^\s*at (?:async )?)(?:file:\/\/\/?)?(?:\/|[A-Za-z]:[\\/])[^():]*(?::\d+){1,2}(?=\s*$)/m;
// Begins where a word does, or a line of one long word would be searched from each of its characters.
const bare = new RegExp(
  `(?<![\\p{L}\\p{N}_@.$+~%\\\\/-])(?:file:\\/\\/\\/?)?(?:[A-Za-z]:[\\\\/]|\\/|\\.{1,2}[\\\\/])?[\\p{L}\\p{N}_@.$+~%-]+(?:[\\\\/][\\p{L}\\p{N}_@.$+~%\\[\\]-]+)*\\.${extension}(?::\\d+){1,2}(?!\\d)`,
  "u",
);
const either = new RegExp([url, inParentheses, afterAt, bare].map((part) => `(${part.source})`).join("|"), "gmu");

/** Longer texts are data, not messages. */
const searchedAtMost = 50_000;

export function findLinks(text: string): readonly TextPiece[] {
  // Most lines hold neither; this spares them the expression.
  if (text.length > searchedAtMost || (!text.includes("://") && !/:\d/.test(text)))
    return text === "" ? [] : [{ kind: "text", text }];
  const pieces: TextPiece[] = [];
  let from = 0;
  for (const match of text.matchAll(either)) {
    const piece = match[1] === undefined ? sourcePiece(match[0]) : urlPiece(match[0]);
    if (piece === undefined) continue;
    if (match.index > from) pieces.push({ kind: "text", text: text.slice(from, match.index) });
    pieces.push(piece);
    from = match.index + piece.text.length;
  }
  if (from < text.length) pieces.push({ kind: "text", text: text.slice(from) });
  return pieces;
}

/** The dot that ends a sentence and the bracket around an address are not part of it. */
function urlPiece(found: string): TextPiece | undefined {
  let text = found.replace(/[.,;:!?'"*]+$/, "");
  while (/[)\]}]$/.test(text) && !hasOpening(text)) text = text.slice(0, -1).replace(/[.,;:!?]+$/, "");
  return URL.canParse(text) ? { kind: "url", text, url: text } : undefined;
}

function hasOpening(text: string): boolean {
  const opening = { ")": "(", "]": "[", "}": "{" }[text.at(-1) ?? ""] ?? "";
  return text.slice(0, -1).lastIndexOf(opening) >= 0;
}

function sourcePiece(text: string): TextPiece | undefined {
  const parts = /^(.*?):(\d+)(?::(\d+))?$/s.exec(text);
  const [, place, line, column] = parts ?? [];
  if (place === undefined || line === undefined) return undefined;
  const file = place.startsWith("file:") ? fileOf(place) : place;
  if (file === undefined) return undefined;
  return {
    kind: "source",
    text,
    file,
    line: Number(line),
    ...(column === undefined ? {} : { column: Number(column) }),
  };
}

export function isAbsolute(file: string): boolean {
  return /^(?:[\\/]|[A-Za-z]:[\\/])/.test(file);
}

/** The absolute path of a file that a log line names, by the directory the run works in. */
export function resolveFile(file: string, cwd: string | null): string {
  if (isAbsolute(file) || cwd === null || cwd === "") return file;
  const windows = /^(?:[A-Za-z]:[\\/]|\\\\)/.test(cwd);
  const separator = windows ? "\\" : "/";
  const parts = cwd.split(windows ? /[\\/]/ : "/");
  if (parts.at(-1) === "") parts.pop();
  for (const part of file.split(windows ? /[\\/]/ : "/")) {
    if (part === "..") {
      if (parts.length > 1) parts.pop();
    } else if (part !== "." && part !== "") parts.push(part);
  }
  return parts.join(separator);
}
