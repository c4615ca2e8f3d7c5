/** What a block may be called: in code, on the command line and in addresses. Pure. */

const shape = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;

/** Why it is none, as a sentence; undefined for a name. */
export function blockNameProblem(name: string): string | undefined {
  if (shape.test(name)) return undefined;
  return `"${name}" cannot be a block's name: use small letters, digits and dashes, as in "zoom-gcs".`;
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
