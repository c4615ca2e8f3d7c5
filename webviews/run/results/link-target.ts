/** Where links in texts of users lead. Pure. */

export type LinkTarget = { readonly url: string } | { readonly file: string; readonly line?: number };

/** Where a link of a text leads: the web, or a place in a file (`etl.ts:12`, `etl.ts#L12`). */
export function targetOf(href: string): LinkTarget | undefined {
  if (/^(?:https?|mailto):/i.test(href)) return { url: href };
  const parts = /^(.+?)(?:[:#]L?(\d+)(?::\d+)?)?$/.exec(decode(href));
  const [, file, line] = parts ?? [];
  if (file === undefined || file.startsWith("#") || /^[a-z][a-z0-9+.-]+:/i.test(file)) return undefined;
  return { file, ...(line === undefined ? {} : { line: Number(line) }) };
}

function decode(text: string): string {
  try {
    return decodeURI(text);
  } catch {
    return text;
  }
}
