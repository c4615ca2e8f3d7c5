/**
 * Tells plain JSON values - the common case - from those that need the full codec. Plain means that JSON.parse of
 * JSON.stringify gives an equal value: no undefined, no -0, no classes, no holes, and no object in two places.
 */

/** A copy of the value (so that later changes do not reach the record), or `notPlain`. */
export function plainCopy(value: unknown): unknown {
  return copy(value, new Set(), 0);
}

export const notPlain: unique symbol = Symbol("not plain");

/** Beyond this depth the full codec decides, and names the path when it cannot go on either. */
const maxDepth = 200;

function copy(value: unknown, seen: Set<object>, depth: number): unknown {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0) ? value : notPlain;
    case "object":
      if (value === null) return null;
      if (seen.has(value) || depth > maxDepth) return notPlain;
      seen.add(value);
      return Array.isArray(value) ? copyArray(value, seen, depth) : copyObject(value, seen, depth);
    default:
      return notPlain;
  }
}

function copyArray(value: readonly unknown[], seen: Set<object>, depth: number): unknown {
  if (Object.getPrototypeOf(value) !== Array.prototype) return notPlain;
  const result: unknown[] = [];
  for (let index = 0; index < value.length; index++) {
    // A hole reads as undefined, which is not plain either.
    const item = copy(value[index], seen, depth + 1);
    if (item === notPlain) return notPlain;
    result.push(item);
  }
  return result;
}

function copyObject(value: object, seen: Set<object>, depth: number): unknown {
  if (Object.getPrototypeOf(value) !== Object.prototype || "toJSON" in value) return notPlain;
  const result: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    if (key === "__proto__") return notPlain;
    const copied = copy(item, seen, depth + 1);
    if (copied === notPlain) return notPlain;
    result[key] = copied;
  }
  return Object.getOwnPropertySymbols(value).length === 0 ? result : notPlain;
}
