/** The source with the contents of comments, strings and regular expressions turned into spaces; offsets stay. */
export function blankText(source: string): string {
  let result = "";
  let at = 0;
  /** Template literals we are in: how many braces are open since `${`. */
  const templates: number[] = [];

  const blankTo = (end: number): void => {
    result += source.slice(at, end).replace(/[^\n]/g, " ");
    at = end;
  };
  const after = (pattern: RegExp): number => {
    pattern.lastIndex = at;
    return pattern.test(source) ? pattern.lastIndex : source.length;
  };

  while (at < source.length) {
    const two = source.slice(at, at + 2);
    const one = two.charAt(0);
    const open = templates.at(-1);
    if (two === "//") blankTo(after(/[^\n]*/y));
    else if (two === "/*") blankTo(after(/\/\*[\s\S]*?\*\//y));
    else if (one === '"' || one === "'")
      blankTo(after(one === '"' ? /"(?:\\[\s\S]|[^"\\\n])*"?/y : /'(?:\\[\s\S]|[^'\\\n])*'?/y));
    else if (one === "`" || (one === "}" && open === 0)) {
      if (one === "}") templates.pop();
      const end = after(/[`}](?:\\[\s\S]|\$(?!\{)|[^`\\$])*(?:`|\$\{)?/y);
      if (source.slice(at, end).endsWith("${")) templates.push(0);
      blankTo(end);
    } else if (one === "/" && startsRegularExpression(result)) {
      blankTo(after(/\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/?/y));
    } else {
      if (open !== undefined && (one === "{" || one === "}")) {
        templates[templates.length - 1] = open + (one === "{" ? 1 : -1);
      }
      result += one;
      at++;
    }
  }
  return result;
}

/** After an operator or a keyword a slash begins a regular expression; after a value it divides. */
function startsRegularExpression(before: string): boolean {
  return /(?:^|[=(,:;!&|?{}[+\-*%<>~^]|\b(?:return|typeof|case|in|of|void|delete|await|yield))\s*$/.test(
    before.slice(-40),
  );
}
