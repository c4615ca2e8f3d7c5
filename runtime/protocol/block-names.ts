/** What a block may be called: in code, on the command line and in addresses. Pure. */

/** Parts of names of files, addresses and code: a quote or a slash would have to be written differently in each. */
const shape = /^[\p{L}\p{N}][\p{L}\p{N} ._@-]{0,99}$/u;

/** Why it is none, as a sentence; undefined for a name. At most 100 characters, the first a letter or digit. */
export function blockNameProblem(name: string): string | undefined {
  if (shape.test(name)) return undefined;
  return `"${name}" cannot be a block's name: use up to 100 letters, digits, blanks and . _ - @, beginning with a letter or digit, as in "zoom-gcs".`;
}

/** A free name that begins like the wanted one: "zoom-gcs-2". */
export function freeBlockName(wanted: string, taken: readonly string[]): string {
  if (!taken.includes(wanted)) return wanted;
  const stem = wanted.replace(/-\d+$/, "");
  for (let number = 2; ; number++) {
    const name = `${stem}-${number}`;
    if (!taken.includes(name)) return name;
  }
}
