export interface Chunk {
  readonly start: number;
  readonly end: number;
}

/** A line that begins at the margin with a word begins a statement; these words go on with the one before. */
const beginning = /^(?!(?:else|catch|finally|as|satisfies|extends|implements|in|of|instanceof)\b)[A-Za-z_$@]/gm;

/** Cuts damaged text where statements seem to begin. Together the chunks are the whole text. */
export function chunksOf(text: string): Chunk[] {
  const starts = [...text.matchAll(beginning)].map(({ index }) => index);
  if (starts[0] !== 0) starts.unshift(0);
  return starts.map((start, index) => ({ start, end: starts[index + 1] ?? text.length }));
}
