/**
 * Changes one value in a JSON text with comments and touches nothing else: neighbours keep their lines, their spacing and
 * their comments. Pure: texts in, texts out.
 */
import { createScanner, type Node, parseTree } from "jsonc-parser";

export type JsonPath = readonly (string | number)[];

/**
 * The text with the value at the path: replaced where it stands, else put behind what is there. `undefined` takes it out.
 * Objects on the way that are missing are made. An index one past the last adds to a list.
 */
export function setJson(text: string, path: JsonPath, value: unknown): string {
  const root = parseTree(text, [], { allowTrailingComma: true });
  if (root === undefined) return `${render(nest(path, value), "", styleOf(text))}${styleOf(text).eol}`;
  let holder = root;
  for (const [depth, part] of path.entries()) {
    const node = memberOf(holder, part);
    const rest = path.slice(depth + 1);
    if (node === undefined) return value === undefined ? text : insert(text, holder, part, nest(rest, value));
    if (rest.length > 0) holder = node;
    else if (value === undefined) return remove(text, holder, part);
    else
      return splice(
        text,
        node.offset,
        node.offset + node.length,
        render(value, indentAt(text, node.offset), styleOf(text)),
      );
  }
  return text;
}

function nest(path: JsonPath, value: unknown): unknown {
  return path.reduceRight((inner, part) => (typeof part === "number" ? [inner] : { [part]: inner }), value);
}

/** An element, or the value of a property. */
function memberOf(holder: Node, part: string | number): Node | undefined {
  if (typeof part === "number") return holder.type === "array" ? holder.children?.[part] : undefined;
  return propertyOf(holder, part)?.children?.[1];
}

function propertyOf(holder: Node, name: string): Node | undefined {
  if (holder.type !== "object") return undefined;
  return holder.children?.find(({ children }) => children?.[0]?.value === name);
}

interface Style {
  /** One step of indentation. */
  readonly unit: string;
  readonly eol: string;
}

function styleOf(text: string): Style {
  return { unit: /^([ \t]+)\S/m.exec(text)?.[1] ?? "  ", eol: text.includes("\r\n") ? "\r\n" : "\n" };
}

function render(value: unknown, indent: string, { unit, eol }: Style): string {
  return (JSON.stringify(value, undefined, unit) ?? "null").replaceAll("\n", `${eol}${indent}`);
}

function insert(text: string, holder: Node, part: string | number, value: unknown): string {
  const style = styleOf(text);
  const end = holder.offset + holder.length - 1;
  const children = holder.children ?? [];
  const last = children.at(-1);
  const outer = indentAt(text, holder.offset);
  const item = (indent: string): string =>
    typeof part === "number"
      ? render(value, indent, style)
      : `${JSON.stringify(part)}: ${render(value, indent, style)}`;
  if (last === undefined) {
    const inner = outer + style.unit;
    const kept = text.slice(holder.offset + 1, end).trimEnd();
    return splice(text, holder.offset + 1, end, `${kept}${style.eol}${inner}${item(inner)}${style.eol}${outer}`);
  }
  const after = last.offset + last.length;
  const comma = commaBehind(text, after, end);
  const onLines = startsLine(text, last.offset);
  if (!onLines) {
    const at = comma ?? after;
    return splice(text, at, at, `${comma === undefined ? "," : ""} ${item(outer)}${comma === undefined ? "" : ","}`);
  }
  const inner = indentAt(text, last.offset);
  const behind = lineCommentEnd(text, comma ?? after, end);
  const added = `${style.eol}${inner}${item(inner)}${comma === undefined ? "" : ","}`;
  const grown = splice(text, behind, behind, added);
  return comma === undefined ? splice(grown, after, after, ",") : grown;
}

/** With the comma and the spaces that led to it; comments before it stay. */
function remove(text: string, holder: Node, part: string | number): string {
  const children = holder.children ?? [];
  const node = typeof part === "number" ? children[part] : propertyOf(holder, part);
  if (node === undefined) return text;
  const place = children.indexOf(node);
  const [before, next] = [children[place - 1], children[place + 1]];
  const end = holder.offset + holder.length - 1;
  if (next !== undefined) return splice(text, node.offset, next.offset, "");
  const from = before === undefined ? holder.offset + 1 : before.offset + before.length;
  const own = node.offset + node.length;
  if (before === undefined) return splice(text, from, commaBehind(text, own, end) ?? own, "");
  return splice(text, from, own, "");
}

function splice(text: string, from: number, to: number, put: string): string {
  return text.slice(0, from) + put + text.slice(to);
}

/** Spaces at the beginning of the line that the place is in. */
function indentAt(text: string, offset: number): string {
  const line = text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset);
  return /^[ \t]*/.exec(line)?.[0] ?? "";
}

function startsLine(text: string, offset: number): boolean {
  return text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset).trim() === "";
}

/** Where a comma ends that stands between two places; comments may stand before it. */
function commaBehind(text: string, from: number, to: number): number | undefined {
  const scanner = createScanner(text, true);
  scanner.setPosition(from);
  scanner.scan();
  const at = scanner.getTokenOffset();
  return at < to && text[at] === "," ? at + 1 : undefined;
}

/** Behind a comment that ends the line, which belongs to what stands before it. */
function lineCommentEnd(text: string, from: number, to: number): number {
  const found = /^[ \t]*(\/\/[^\r\n]*|\/\*[^\r\n]*?\*\/)(?=[ \t]*(\r?\n|$))/.exec(text.slice(from, to));
  return from + (found?.[0].length ?? 0);
}
