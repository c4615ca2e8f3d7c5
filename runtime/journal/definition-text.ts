/**
 * The text of `task({ … })` or `flow({ … })` in a source, found by the key of its task runs: its `name`, or the constant
 * it is assigned to. Reads the text as tokens (strings, templates, comments, regular expressions) without a parser,
 * which the runtime does not carry. Pure.
 */

/** Without comments and with white space made equal: what is formatted anew has not changed. Undefined when not found. */
export function definitionText(text: string, key: string): string | undefined {
  for (const match of codeOf(text).matchAll(definitions)) {
    const open = match.index + match[0].length - 1;
    const assigned = match[1];
    const tokens = tokensFrom(text, open);
    if (tokens === undefined) continue;
    const name = nameOf(tokens) ?? assigned ?? runName(tokens);
    if (name === key) return tokens.join(" ");
  }
  return undefined;
}

/** The parenthesis behind `task` or `flow`, with the constant or property before it if there is one. */
const definitions =
  /(?:\b(?:const|let|var)\s+([A-Za-z_$][\w$]*)\s*(?::[^=\n]+)?=\s*)?(?:\b[\w$]+\s*\.\s*)?\b(?:task|flow)\s*(?:<[^()]*>)?\s*\(/g;

/** The text with spaces for what is no code: comments, and what stands in strings, templates and regular expressions. */
function codeOf(text: string): string {
  if (text === lastText) return lastCode;
  const parts: string[] = [];
  let before: string | undefined;
  for (let at = 0; at < text.length; ) {
    const end = tokenEnd(text, at, before);
    const token = text.slice(at, end);
    at = end;
    const isCode = token.length === 1 || !/^["'`/]/.test(token);
    parts.push(isCode ? token : " ".repeat(token.length));
    if (!/^\s|^\/[/*]/.test(token)) before = token;
  }
  lastText = text;
  lastCode = parts.join("");
  return lastCode;
}

/** One file is asked for many tasks. */
let lastText = "";
let lastCode = "";

/** The tokens of what the parentheses at `open` enclose; undefined when they are never closed. */
function tokensFrom(text: string, open: number): string[] | undefined {
  const tokens: string[] = [];
  let depth = 0;
  for (let at = open; at < text.length; ) {
    const end = tokenEnd(text, at, tokens.at(-1));
    const token = text.slice(at, end);
    at = end;
    if (/^\s/.test(token) || token.startsWith("//") || token.startsWith("/*")) continue;
    tokens.push(token);
    if (token === "(" || token === "{" || token === "[") depth++;
    if (token === ")" || token === "}" || token === "]") depth--;
    if (depth === 0) return tokens;
  }
  return undefined;
}

function tokenEnd(text: string, at: number, before: string | undefined): number {
  const first = text.charAt(at);
  if (first === '"' || first === "'") return stringEnd(text, at, first);
  if (first === "`") return templateEnd(text, at);
  if (first === "/") {
    if (text.startsWith("//", at)) return endOr(text.indexOf("\n", at), text.length);
    if (text.startsWith("/*", at)) return endOr(text.indexOf("*/", at + 2) + 2, text.length, 1);
    return beginsExpression(before) ? regexEnd(text, at) : at + 1;
  }
  const word = /[\s]+|[\w$]+|./suy;
  word.lastIndex = at;
  return at + (word.exec(text)?.[0].length ?? 1);
}

function endOr(found: number, otherwise: number, missing = -1): number {
  return found <= missing ? otherwise : found;
}

/** A slash divides what stands before it, unless nothing can be divided there. */
function beginsExpression(before: string | undefined): boolean {
  return before === undefined || /^(?:[=(,:;!&|?{}[+\-*%<>~^]|return|typeof|case|of|in|await)$/.test(before);
}

function stringEnd(text: string, at: number, quote: string): number {
  for (let place = at + 1; place < text.length; place++) {
    const character = text.charAt(place);
    if (character === "\\") place++;
    else if (character === quote) return place + 1;
    // A quote that is not closed in its line is none of a string (an apostrophe in JSX text).
    else if (character === "\n") return at + 1;
  }
  return at + 1;
}

function templateEnd(text: string, at: number): number {
  for (let place = at + 1; place < text.length; place++) {
    const character = text.charAt(place);
    if (character === "\\") place++;
    else if (character === "`") return place + 1;
    else if (character === "$" && text.charAt(place + 1) === "{") {
      let depth = 0;
      place++;
      while (place < text.length) {
        const end = tokenEnd(text, place, "{");
        const token = text.slice(place, end);
        place = end;
        if (token === "{") depth++;
        else if (token === "}" && --depth === 0) break;
      }
      place--;
    }
  }
  return text.length;
}

function regexEnd(text: string, at: number): number {
  let inClass = false;
  for (let place = at + 1; place < text.length; place++) {
    const character = text.charAt(place);
    if (character === "\n") return at + 1;
    if (character === "\\") place++;
    else if (character === "[") inClass = true;
    else if (character === "]") inClass = false;
    else if (character === "/" && !inClass) return place + 1;
  }
  return at + 1;
}

/** The option `name: "…"` of the definition itself: ( { … }. */
function nameOf(tokens: readonly string[]): string | undefined {
  return optionValue(tokens, "name", (value) => /^(["'`])(.*)\1$/s.exec(value)?.[2]);
}

/** `run: function load() {…}` names the task too. */
function runName(tokens: readonly string[]): string | undefined {
  const at = tokens.indexOf("function");
  const name = at < 0 ? undefined : tokens[at + 1];
  return name !== undefined && /^[\w$]+$/.test(name) ? name : undefined;
}

function optionValue(
  tokens: readonly string[],
  option: string,
  read: (token: string) => string | undefined,
): string | undefined {
  let depth = 0;
  for (const [place, token] of tokens.entries()) {
    if (depth === 2 && token === option && tokens[place + 1] === ":") return read(tokens[place + 2] ?? "");
    if (token === "(" || token === "{" || token === "[") depth++;
    if (token === ")" || token === "}" || token === "]") depth--;
  }
  return undefined;
}
