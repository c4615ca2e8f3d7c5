/** Where the import of a block's class goes in a file. Pure. */
import { specifierOf } from "../../runtime/client/specifier.ts";
import type { BlockType } from "../../runtime/protocol/blocks.ts";

type Loaded = Pick<BlockType, "class_name" | "module">;

export interface TextInsert {
  readonly offset: number;
  readonly text: string;
}

/** What a file needs so that the class can be named in it; undefined when it has that. */
export function importInsert(text: string, type: Loaded, from: string): TextInsert | undefined {
  const specifier = specifierOf(type.module, from);
  const { class_name: name } = type;
  if (new RegExp(`\\bimport\\b[^;"']*\\b${name}\\b[^;"']*\\bfrom\\b`).test(text)) return undefined;
  const endOfLine = text.includes("\r\n") ? "\r\n" : "\n";
  // Another name of the same module is imported already: this one goes behind it.
  const own = new RegExp(`^import\\s*\\{([^}]*)\\}\\s*from\\s*(["'])${escaped(specifier)}\\2`, "m").exec(text);
  if (own?.[1] !== undefined) {
    const names = own[1];
    const inner = names.replace(/[\s,]+$/, "");
    const at = own.index + own[0].indexOf("{") + 1 + inner.length;
    const isEmpty = inner.trim() === "";
    const separator = /\n/.test(names) ? `,${endOfLine}  ` : ", ";
    return { offset: at, text: isEmpty ? ` ${name}` : `${separator}${name}` };
  }
  const quote = /^import\b[^\n]*from\s*'/m.test(text) ? "'" : '"';
  const line = `import { ${name} } from ${quote}${specifier}${quote};`;
  const last = [...text.matchAll(/^import\b(?:[^"'\n]|\n(?!\n))*?["'][^"'\n]*["'];?[^\S\r\n]*$/gm)].at(-1);
  if (last !== undefined) return { offset: last.index + last[0].length, text: `${endOfLine}${line}` };
  const start = /^#![^\n]*\n/.exec(text)?.[0].length ?? 0;
  return { offset: start, text: `${line}${endOfLine}${text.length > start ? endOfLine : ""}` };
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}
