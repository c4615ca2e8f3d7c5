/** One message cut into pieces that each look and act one way: colour, link, found text. */
import { type AnsiStyle, parseAnsi } from "./ansi.ts";
import { cutByRanges, findAll } from "./highlight.ts";
import { findLinks, type TextPiece } from "./links.ts";

export interface MessagePart {
  readonly text: string;
  readonly style: AnsiStyle;
  readonly marked: boolean;
}

/** Parts that one link holds together; `link` null for plain text. */
export interface MessageRun {
  readonly link: Exclude<TextPiece, { kind: "text" }> | null;
  readonly parts: readonly MessagePart[];
}

export function messageRuns(message: string, wanted: string): readonly MessageRun[] {
  const segments = parseAnsi(message);
  const text = segments.map((segment) => segment.text).join("");
  const found = findAll(text, wanted);
  const runs: MessageRun[] = [];
  let at = 0;
  for (const piece of findLinks(text)) {
    const end = at + piece.text.length;
    const parts: MessagePart[] = [];
    let start = 0;
    for (const segment of segments) {
      const from = Math.max(at, start);
      const to = Math.min(end, start + segment.text.length);
      if (from < to) {
        for (const cut of cutByRanges(segment.text.slice(from - start, to - start), from, found)) {
          parts.push({ ...cut, style: segment.style });
        }
      }
      start += segment.text.length;
    }
    runs.push({ link: piece.kind === "text" ? null : piece, parts });
    at = end;
  }
  return runs;
}
