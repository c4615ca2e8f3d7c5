/** Whether a path below a folder, written with "/", matches one of the globs. Those without "/" match at any depth. */
export function matcher(globs: readonly string[]): (path: string) => boolean {
  const patterns = globs.map(
    (glob) => new RegExp(`^${source(glob.replace(/^\.?\//, "").replace(/(?:\*\*\/)+/g, "**/"))}$`),
  );
  return (path) => patterns.some((pattern) => pattern.test(path));
}

function source(glob: string): string {
  let text = "";
  let braces = 0;
  for (let at = 0; at < glob.length; at++) {
    const sign = glob.charAt(at);
    if (glob.startsWith("**/", at)) {
      text += "(?:[^/]+/)*";
      at += 2;
    } else if (glob.startsWith("/**", at) && at + 3 === glob.length) {
      // "dist/**" is the folder too: it need not be opened.
      text += "(?:/.*)?";
      at += 2;
    } else if (glob.startsWith("**", at)) {
      text += ".*";
      at += 1;
    } else if (sign === "*") text += "[^/]*";
    else if (sign === "?") text += "[^/]";
    else if (sign === "{" && glob.includes("}", at)) {
      text += "(?:";
      braces++;
    } else if (sign === "}" && braces > 0) {
      text += ")";
      braces--;
    } else if (sign === "," && braces > 0) text += "|";
    else text += sign.replace(/[\\^$.|+()[\]{}]/, "\\$&");
  }
  return text + ")".repeat(braces);
}
