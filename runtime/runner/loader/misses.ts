/**
 * Which import an error of Node's resolution was about. Kept beside the error, not in it: user code that tries an
 * optional package expects Node's error as it is.
 */
export interface Miss {
  readonly specifier: string;
  readonly parent: string;
}

const misses = new WeakMap<object, Miss>();

export function rememberMiss(error: unknown, miss: Miss): void {
  if (typeof error === "object" && error !== null && !misses.has(error)) misses.set(error, miss);
}

export function missOf(error: unknown): Miss | undefined {
  return typeof error === "object" && error !== null ? misses.get(error) : undefined;
}
