/** Text that was typed or pasted → items of a list. Pure. */

export interface ReadItems {
  readonly items: readonly (string | number)[];
  /** What is no number, as it was typed. */
  readonly wrong: readonly string[];
}

/** Items stand in lines, or behind commas; a list as JSON is read as such. Quotes keep a comma. */
export function readItems(text: string, item: "text" | "number"): ReadItems {
  const items: (string | number)[] = [];
  const wrong: string[] = [];
  for (const part of jsonItems(text) ?? split(text)) {
    if (item === "text") items.push(String(part));
    else {
      const number = typeof part === "number" ? part : Number(part);
      if (Number.isFinite(number)) items.push(number);
      else wrong.push(String(part));
    }
  }
  return { items, wrong };
}

function jsonItems(text: string): readonly (string | number)[] | null {
  if (!text.trim().startsWith("[")) return null;
  try {
    const value: unknown = JSON.parse(text);
    const scalars = Array.isArray(value) && value.every((one) => typeof one === "string" || typeof one === "number");
    return scalars ? value : null;
  } catch {
    return null;
  }
}

function split(text: string): readonly string[] {
  const parts = text.match(/"[^"]*"|[^,\n\r]+/g) ?? [];
  return parts.map((part) => part.trim().replace(/^"([^"]*)"$/, "$1")).filter((part) => part !== "");
}
