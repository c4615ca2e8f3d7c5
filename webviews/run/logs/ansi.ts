/**
 * Colours that programs write for terminals (ECMA-48 SGR). Text keeps its colours; everything else that steers a
 * terminal - cursor moves, titles, hyperlinks - is dropped, and of a line that overwrites itself the last state stays.
 */

export interface AnsiStyle {
  /** A theme colour 0 to 15, or a CSS colour. */
  readonly color?: number | string;
  readonly background?: number | string;
  readonly bold?: true;
  readonly dim?: true;
  readonly italic?: true;
  readonly underline?: true;
  readonly strike?: true;
  readonly inverse?: true;
}

export interface AnsiSegment {
  readonly text: string;
  readonly style: AnsiStyle;
}

const plain: AnsiStyle = {};

// CSI sequences, OSC strings up to BEL or ST, two-character escapes; then the control characters a log may contain.
const escapes =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: terminal control characters are the subject here
  /\u001b\[([0-?]*)[ -/]*([@-~])|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b[ -/]*[0-~]?|\u009b([0-?]*)[ -/]*([@-~])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: terminal control characters are the subject here
const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u0080-\u009f]/g;

export function parseAnsi(text: string): readonly AnsiSegment[] {
  const shown = overwritten(text);
  if (!mayHoldControls(shown)) return shown === "" ? [] : [{ text: shown, style: plain }];
  const segments: AnsiSegment[] = [];
  let style = plain;
  let from = 0;
  const push = (piece: string) => {
    const clean = piece.replace(controls, "");
    if (clean !== "") segments.push({ text: clean, style });
  };
  for (const match of shown.matchAll(escapes)) {
    push(shown.slice(from, match.index));
    from = match.index + match[0].length;
    const final = match[2] ?? match[4];
    if (final === "m") style = applyCodes(style, match[1] ?? match[3] ?? "");
  }
  push(shown.slice(from));
  return segments;
}

export function stripAnsi(text: string): string {
  return parseAnsi(text)
    .map((segment) => segment.text)
    .join("");
}

function mayHoldControls(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if ((code < 32 && code !== 9 && code !== 10) || (code >= 127 && code < 160)) return true;
  }
  return false;
}

/** A carriage return goes back to the start of the line: what was there is overwritten. "\r\n" is one line end. */
function overwritten(text: string): string {
  if (!text.includes("\r")) return text;
  return text
    .replaceAll("\r\n", "\n")
    .split("\n")
    .map((line) => {
      const parts = line.split("\r");
      return parts.findLast((part) => part !== "") ?? "";
    })
    .join("\n");
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

function applyCodes(before: AnsiStyle, text: string): AnsiStyle {
  const codes = text.split(/[;:]/).map((code) => (code === "" ? 0 : Number(code)));
  let style: Mutable<AnsiStyle> = { ...before };
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at] ?? 0;
    if (code === 0) style = {};
    else if (code === 1) style.bold = true;
    else if (code === 2) style.dim = true;
    else if (code === 3) style.italic = true;
    else if (code === 4) style.underline = true;
    else if (code === 7) style.inverse = true;
    else if (code === 9) style.strike = true;
    else if (code === 22) {
      delete style.bold;
      delete style.dim;
    } else if (code === 23) delete style.italic;
    else if (code === 24) delete style.underline;
    else if (code === 27) delete style.inverse;
    else if (code === 29) delete style.strike;
    else if (code >= 30 && code <= 37) style.color = code - 30;
    else if (code === 39) delete style.color;
    else if (code >= 40 && code <= 47) style.background = code - 40;
    else if (code === 49) delete style.background;
    else if (code >= 90 && code <= 97) style.color = code - 90 + 8;
    else if (code >= 100 && code <= 107) style.background = code - 100 + 8;
    else if (code === 38 || code === 48) {
      const [color, used] = extendedColor(codes.slice(at + 1));
      at += used;
      if (color === undefined) continue;
      if (code === 38) style.color = color;
      else style.background = color;
    }
  }
  return style;
}

/** `5;n` is one of 256 colours, `2;r;g;b` any. Gives the colour and how many numbers it took. */
function extendedColor(rest: readonly number[]): [number | string | undefined, number] {
  if (rest[0] === 5) {
    const index = rest[1];
    return [index === undefined || !(index >= 0 && index <= 255) ? undefined : indexedColor(index), 2];
  }
  if (rest[0] === 2) {
    const [red, green, blue] = rest.slice(1, 4).map(byte);
    return red === undefined || green === undefined || blue === undefined
      ? [undefined, rest.length]
      : [`rgb(${red}, ${green}, ${blue})`, 4];
  }
  return [undefined, rest.length === 0 ? 0 : 1];
}

function indexedColor(index: number): number | string {
  if (index < 16) return index;
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10;
    return `rgb(${grey}, ${grey}, ${grey})`;
  }
  const cube = index - 16;
  const level = (value: number) => (value === 0 ? 0 : 55 + value * 40);
  return `rgb(${level(Math.floor(cube / 36))}, ${level(Math.floor(cube / 6) % 6)}, ${level(cube % 6)})`;
}

function byte(value: number): number {
  return Number.isFinite(value) ? Math.max(0, Math.min(255, Math.round(value))) : 0;
}
