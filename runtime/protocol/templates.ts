/**
 * Texts with names in double braces: "{{ flow_run.name }} is {{ flow_run.state_name }}". No logic, no code: a name is
 * known or it is a mistake. Pure.
 */
import { didYouMean } from "./near-names.ts";

export type TemplateValues = ReadonlyMap<string, unknown>;

const hole = /\{\{\s*([^{}]*?)\s*\}\}/g;

/** What is wrong with the text; `isKnown` tells the names that are computed, `known` those to propose. */
export function templateProblems(
  text: string,
  known: readonly string[],
  isKnown: (name: string) => boolean = () => false,
): string[] {
  const problems: string[] = [];
  for (const [, name = ""] of text.matchAll(hole)) {
    if (known.includes(name) || isKnown(name)) continue;
    const near = didYouMean(name, known) || ` There are ${known.join(", ")}.`;
    problems.push(`there is no {{ ${name} }} here.${near}`);
  }
  if (/\{\{|\}\}/.test(text.replace(hole, ""))) problems.push("braces do not pair: write {{ flow_run.name }}");
  return problems;
}

/** The text with the values in it; what is not there (a run without an error) is nothing. */
export function renderText(
  text: string,
  values: TemplateValues,
  mend: (value: string) => string = (value) => value,
): string {
  return text.replace(hole, (_all, name: string) => mend(spell(values.get(name))));
}

/** Every text inside is rendered; a text that is one name alone becomes the value itself, a number a number. */
export function renderValue(value: unknown, values: TemplateValues): unknown {
  if (typeof value === "string") {
    const alone = /^\{\{\s*([^{}]*?)\s*\}\}$/.exec(value);
    return alone?.[1] === undefined ? renderText(value, values) : (values.get(alone[1]) ?? null);
  }
  if (Array.isArray(value)) return value.map((item) => renderValue(item, values));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, renderValue(item, values)]));
}

/** Every text inside a value with its path. */
export function textsIn(value: unknown, path: string): { readonly path: string; readonly text: string }[] {
  if (typeof value === "string") return [{ path, text: value }];
  if (Array.isArray(value)) return value.flatMap((item, index) => textsIn(item, `${path}[${index}]`));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => textsIn(item, path === "" ? key : `${path}.${key}`));
}

function spell(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
