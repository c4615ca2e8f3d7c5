/**
 * A statement to put before CommonJS source, on the same line. Node up to 24.15 gives a CommonJS module that is
 * reached by import a `require` that skips the hooks; createRequire's does not. Harmless on a Node that has no need.
 */
export function hookedRequire(source: string): string {
  // A "use strict" must stay the first statement to count.
  const strict = /^(?:\s|\/\/[^\n]*\n|\/\*[\s\S]*?\*\/)*(["'])use strict\1/.test(source);
  return `${strict ? '"use strict";' : ""}require=require("node:module").createRequire(__filename);`;
}
