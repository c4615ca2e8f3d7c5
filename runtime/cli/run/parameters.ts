/** Parameters of a run from -p and --params. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { MillraceError, toError } from "../../protocol/errors.ts";

type Parameters = Readonly<Record<string, unknown>>;

export interface ParameterSources {
  /** Each "key=value". */
  readonly pairs: readonly string[];
  /** A JSON text, the path of a JSON file, or "-" for the standard input. */
  readonly params: string | undefined;
  readonly cwd: string;
}

/** Single pairs win over the whole. @throws MillraceError "bad-usage" naming the option, or the file with line and column. */
export function readParameters({ pairs, params, cwd }: ParameterSources): Parameters {
  return { ...(params === undefined ? {} : readWhole(params, cwd)), ...readPairs(pairs) };
}

export function readPairs(pairs: readonly string[]): Parameters {
  const result = new Map<string, unknown>();
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    if (at <= 0) {
      throw new MillraceError("bad-usage", `-p ${pair}: write -p KEY=VALUE, for example -p year=2021.`);
    }
    const key = pair.slice(0, at).trim();
    if (result.has(key)) throw new MillraceError("bad-usage", `-p ${key}= was given twice.`);
    result.set(key, readValue(pair.slice(at + 1)));
  }
  return Object.fromEntries(result);
}

/** JSON where the text is JSON, else the text. An integer that a number cannot hold exactly stays text too. */
export function readValue(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value) ? text : value;
  } catch {
    return text;
  }
}

function readWhole(given: string, cwd: string): Parameters {
  const inline = /^\s*[{[]/.test(given);
  const name = inline ? "--params" : given === "-" ? "standard input" : given;
  const text = inline ? given : readText(given, cwd);
  return parseObject(text, name);
}

function readText(given: string, cwd: string): string {
  try {
    return readFileSync(given === "-" ? 0 : path.resolve(cwd, given), "utf8").replace(/^\ufeff/, "");
  } catch (thrown) {
    const error = toError(thrown);
    const missing = "code" in error && error.code === "ENOENT";
    const why = missing ? "there is no such file" : error.message;
    throw new MillraceError(
      "bad-usage",
      `--params ${given}: ${why}. Give the path of a JSON file, or JSON itself: --params '{"year": 2021}'.`,
      { cause: thrown },
    );
  }
}

/** @throws MillraceError naming `name` with line and column when the text is no JSON or no object. */
export function parseObject(text: string, name: string): Parameters {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    const { line, column, reason } = jsonProblem(text, toError(thrown).message);
    throw new MillraceError("bad-usage", `${name}:${line}:${column}: the parameters are no valid JSON: ${reason}.`, {
      cause: thrown,
    });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const what = Array.isArray(value) ? "a list" : value === null ? "null" : `a ${typeof value}`;
    throw new MillraceError(
      "bad-usage",
      `${name}: parameters are an object, like {"year": 2021}, and this is ${what}.`,
    );
  }
  return Object.fromEntries(Object.entries(value));
}

/** Where V8 says that the text stops being JSON; line and column count from 1. */
function jsonProblem(text: string, message: string): { line: number; column: number; reason: string } {
  const told = /at position (\d+)/.exec(message)?.[1];
  const position = told === undefined ? positionOf(text, message) : Number(told);
  const before = text.slice(0, position).split("\n");
  const reason = message
    .replace(/\s*(in JSON )?at position \d+.*$/s, "")
    .replace(/, (\.{3})?".*" is not valid JSON$/s, "")
    .replace(/^Unexpected end of JSON input$/, "it ends too early");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, reason };
}

/** V8 tells no position for a short text ("Unexpected token 'x', "{x}" is not valid JSON"): the token's first place. */
function positionOf(text: string, message: string): number {
  const token = /^Unexpected token '(.+?)'/su.exec(message)?.[1];
  if (token === undefined) return text.trimEnd().length;
  // The first occurrence that cannot be parsed up to: a valid prefix fails with "end of JSON input" only.
  for (let at = text.indexOf(token); at >= 0; at = text.indexOf(token, at + 1)) {
    try {
      JSON.parse(text.slice(0, at + token.length));
    } catch (thrown) {
      const { message: prefixMessage } = toError(thrown);
      if (!/end of JSON input|Unterminated|Expected .* after|Expected .*or/.test(prefixMessage)) return at;
    }
  }
  return 0;
}
