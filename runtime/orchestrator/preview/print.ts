/** Any JavaScript value as text that reads like JSON; what JSON has no word for says what it is. Pure. */

export interface Printed {
  readonly text: string;
  readonly truncated: boolean;
}

/** Printing stops when the text is as long as it may get: nothing of a value of a gigabyte is made beyond that. */
class Full extends Error {}

/** @param indent spaces for each level; 0 gives one line */
export function printValue(value: unknown, longest: number, indent = 2): Printed {
  const parts: string[] = [];
  let length = 0;
  const open = new Set<object>();

  const put = (text: string): void => {
    parts.push(text);
    length += text.length;
    if (length > longest) throw new Full();
  };
  const newLine = (depth: number): string => (indent === 0 ? "" : `\n${" ".repeat(indent * depth)}`);

  const list = (begin: string, end: string, items: Iterable<() => void>, depth: number): void => {
    put(begin);
    let count = 0;
    for (const item of items) {
      if (count++ > 0) put(indent === 0 ? ", " : ",");
      put(newLine(depth + 1));
      item();
    }
    put(count === 0 ? end : `${newLine(depth)}${end}`);
  };
  const entries = (pairs: Iterable<readonly [string, unknown]>, depth: number): void =>
    list(
      "{",
      "}",
      mapped(pairs, ([key, item]) => () => {
        put(`${quoted(key)}: `);
        print(item, depth + 1);
      }),
      depth,
    );

  const printObject = (item: object, depth: number): void => {
    if (Array.isArray(item)) {
      list(
        "[",
        "]",
        mapped(item, (each) => () => print(each, depth + 1)),
        depth,
      );
    } else if (item instanceof Set) {
      put(`Set(${item.size}) `);
      list(
        "[",
        "]",
        mapped(item, (each) => () => print(each, depth + 1)),
        depth,
      );
    } else if (item instanceof Map) {
      const pair = (key: unknown, each: unknown) => (): void => {
        print(key, depth + 1);
        put(" => ");
        print(each, depth + 1);
      };
      put(`Map(${item.size}) `);
      list(
        "{",
        "}",
        mapped(item, ([key, each]) => pair(key, each)),
        depth,
      );
    } else if (item instanceof Error) {
      put(`${item.name}: ${item.message}`);
      const rest = Object.entries(item);
      if (item.cause !== undefined) rest.push(["cause", item.cause]);
      if (rest.length > 0) {
        put(" ");
        entries(rest, depth);
      }
    } else if (ArrayBuffer.isView(item) || item instanceof ArrayBuffer) {
      put(bytesText(item));
    } else {
      entries(Object.entries(item), depth);
    }
  };
  const print = (item: unknown, depth: number): void => {
    const short = typeof item === "object" && item !== null ? shortObject(item) : scalar(item, longest);
    if (short !== undefined) put(short);
    else if (typeof item !== "object" || item === null) put(String(item));
    else if (open.has(item)) put('"[circular]"');
    else {
      open.add(item);
      printObject(item, depth);
      open.delete(item);
    }
  };

  try {
    print(value, 0);
    return { text: parts.join(""), truncated: false };
  } catch (thrown) {
    if (!(thrown instanceof Full) && !(thrown instanceof RangeError)) throw thrown;
    return { text: parts.join("").slice(0, longest), truncated: true };
  }
}

function scalar(item: unknown, longest: number): string {
  if (typeof item === "string") return quoted(item, longest);
  return typeof item === "bigint" ? `${item}n` : String(item);
}

function shortObject(item: object): string | undefined {
  if (item instanceof Date) return Number.isNaN(item.getTime()) ? "Invalid Date" : quoted(item.toISOString());
  if (item instanceof RegExp || item instanceof URL || item instanceof URLSearchParams) return quoted(String(item));
  return undefined;
}

const shownNumbers = 100;

function bytesText(item: ArrayBuffer | ArrayBufferView): string {
  const name = item.constructor.name;
  if (!isNumbers(item)) return `${name} of ${item.byteLength} bytes`;
  const more = item.length > shownNumbers ? `, … ${item.length - shownNumbers} more` : "";
  return `${name}(${item.length}) [${Array.from(item.slice(0, shownNumbers), String).join(", ")}${more}]`;
}

function isNumbers(item: ArrayBuffer | ArrayBufferView): item is Uint8Array | Float64Array {
  return ArrayBuffer.isView(item) && !(item instanceof DataView);
}

function quoted(text: string, longest = Number.POSITIVE_INFINITY): string {
  return JSON.stringify(text.length > longest ? text.slice(0, longest) : text);
}

function* mapped<Item, Made>(items: Iterable<Item>, make: (item: Item) => Made): Generator<Made> {
  for (const item of items) yield make(item);
}
