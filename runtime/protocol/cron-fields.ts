/** The fields of a cron text and what may stand in them. */

/** Alias → the five fields that it stands for. */
export const cronAliases: Readonly<Record<string, string>> = {
  "@hourly": "0 * * * *",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@weekly": "0 0 * * 0",
  "@monthly": "0 0 1 * *",
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
};

export interface CronField {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly names: readonly string[];
}

export const cronFields: readonly CronField[] = [
  { name: "minute", least: 0, most: 59, names: [] },
  { name: "hour", least: 0, most: 23, names: [] },
  { name: "day of month", least: 1, most: 31, names: [] },
  {
    name: "month",
    least: 1,
    most: 12,
    names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
  },
  { name: "day of week", least: 0, most: 7, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] },
];

/** What is wrong with one field; undefined when nothing is. */
export function fieldProblem(text: string, field: CronField): string | undefined {
  if (text === "?" && field.name.startsWith("day")) return undefined;
  const items = text.split(",");
  for (const item of items) {
    if (field.name === "day of month" && /^L$/i.test(item)) continue;
    if (field.name === "day of week" && /^(?:[0-7]|[a-z]{3})(?:#[1-5]|L)$/i.test(item)) {
      if (/#/.test(item) && items.length > 1) return `"${item}" stands alone, not in a list.`;
      if (numberOf(item.replace(/(?:#\d|L)$/i, ""), field) !== undefined) continue;
    }
    const match = /^(\*|[0-9a-z]+)(?:-([0-9a-z]+))?(?:\/(\d+))?$/i.exec(item);
    if (match === null) return `"${item}" cannot be read; write *, 5, 1-5, 1,3,5 or */10.`;
    const [, from = "", to, step] = match;
    for (const part of [from, to]) {
      if (part === undefined || part === "*") continue;
      const range =
        field.names.length === 0
          ? `${field.least}-${field.most}`
          : `${field.least}-${field.most} or ${field.names.join(", ")}`;
      if (numberOf(part, field) === undefined) return `"${part}" is not one of ${range}.`;
    }
    if (from === "*" && to !== undefined) return `"${item}" cannot be read; write *, 5, 1-5, 1,3,5 or */10.`;
    const [first, last] = [numberOf(from, field), to === undefined ? undefined : numberOf(to, field)];
    if (first !== undefined && last !== undefined && first > last) return `"${item}" runs backwards.`;
    const size = field.most - field.least + 1;
    if (step !== undefined && (Number(step) < 1 || Number(step) > size))
      return `a step of ${step} is not between 1 and ${size}.`;
  }
  return undefined;
}

/** The number that a digit or a name stands for; undefined outside of the field's range. */
export function numberOf(text: string, { least, most, names }: CronField): number | undefined {
  const named = names.indexOf(text.toLowerCase());
  if (named >= 0) return least + named;
  const value = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  return value >= least && value <= most ? value : undefined;
}
