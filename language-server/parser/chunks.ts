export interface Chunk {
  readonly start: number;
  readonly end: number;
}

/** A line that begins at the margin with a word begins a statement; these words go on with the one before. */
const beginning = /^(?!(?:else|catch|finally|as|satisfies|extends|implements|in|of|instanceof)\b)[A-Za-z_$@]/gm;

const beginningHere = new RegExp(beginning.source, "my");

/** Cuts damaged text where statements seem to begin. Together the chunks are the whole text. */
export function chunksOf(text: string): Chunk[] {
  // matchAll begins where the expression was left.
  beginning.lastIndex = 0;
  const starts = [...text.matchAll(beginning)].map(({ index }) => index);
  if (starts[0] !== 0) starts.unshift(0);
  return starts.map((start, index) => ({ start, end: starts[index + 1] ?? text.length }));
}

/** Where the statement that stands at an offset seems to begin. */
export function beginningBefore(text: string, offset: number): number {
  for (let line = lineStart(text, offset); line > 0; line = lineStart(text, line - 1)) {
    beginningHere.lastIndex = line;
    if (beginningHere.test(text)) return line;
  }
  return 0;
}

/** Where the next statement seems to begin; an offset at which one begins is its own. */
export function beginningAfter(text: string, offset: number): number {
  const line = lineStart(text, offset);
  beginning.lastIndex = line;
  for (let match = beginning.exec(text); match !== null; match = beginning.exec(text)) {
    if (match.index >= offset) return match.index;
  }
  return text.length;
}

function lineStart(text: string, offset: number): number {
  return offset === 0 ? 0 : text.lastIndexOf("\n", offset - 1) + 1;
}
