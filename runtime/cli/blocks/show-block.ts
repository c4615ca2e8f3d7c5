/** A block as a person reads it. */
import { existsSync } from "node:fs";
import path from "node:path";
import { specifierOf } from "../../client/specifier.ts";
import { isBlockReference, isEnvironmentReference, mapData } from "../../protocol/block-data.ts";
import { blockUserTexts } from "../../protocol/block-uses.ts";
import type { BlockDocument, BlockTest, BlockType, BlockUsers, SchemaDrift } from "../../protocol/blocks.ts";
import type { Io } from "../command.ts";
import type { Style } from "../terminal/style.ts";

/** How code of the folder's workspace loads it. */
export function loadSnippet(
  { code_example, module }: Pick<BlockType, "code_example" | "module">,
  name: string,
  folder: string,
): string {
  const specifier = specifierOf(module, workspaceOf(folder));
  return code_example
    .replaceAll('"NAME"', () => JSON.stringify(name))
    .replaceAll(JSON.stringify(module), () => JSON.stringify(specifier));
}

/** The nearest folder with a millrace.json or package.json, as code is usually written from there. */
function workspaceOf(folder: string): string {
  for (let at = folder; ; at = path.dirname(at)) {
    if (["millrace.json", "package.json"].some((name) => existsSync(path.join(at, name)))) return at;
    if (path.dirname(at) === at) return folder;
  }
}

export function blockLines(
  block: BlockDocument & { readonly used_by?: BlockUsers },
  type: BlockType | undefined,
  { style, cwd }: Pick<Io, "style" | "cwd">,
): readonly string[] {
  const { name, block_type_name, drift, unreadable_secrets, type_module: module } = block;
  const fields: (readonly [string, string])[] = [];
  mapData(block.data, (value, path) => {
    fields.push([path, shown(value, style)]);
    return value;
  });
  const width = Math.max(8, ...fields.map(([path]) => path.length));
  const users = block.used_by === undefined ? [] : blockUserTexts(block.used_by, "");
  return [
    `${style.bold(name)}  ${block_type_name} ${style.dim(`(${block.block_type_slug}, version ${block.version})`)}`,
    ...fields.map(([path, value]) => `  ${style.dim(path.padEnd(width))}  ${value}`),
    ...(block.type_known
      ? []
      : [style.yellow(`  Nobody has registered the type here: millrace blocks register ${module ?? "FILE|PACKAGE"}`)]),
    ...unreadable_secrets.map((path) => style.yellow(`  ${path} was saved with another key: enter it again`)),
    ...(drift === null ? [] : driftLines(drift).map((line) => style.yellow(`  ${line}`))),
    ...users.map(({ path: who, message: field }) => `  used by ${who} (${field})`),
    ...(type === undefined
      ? []
      : [
          "",
          ...loadSnippet(type, name, cwd)
            .split("\n")
            .map((line) => `  ${line}`),
        ]),
  ];
}

function shown(value: unknown, style: Style): string {
  if (isEnvironmentReference(value)) return `$${value.$env} ${style.dim("(environment variable)")}`;
  if (isBlockReference(value)) return value.$block;
  return typeof value === "string" ? value : JSON.stringify(value);
}

export function driftLines({ added, removed, refused }: SchemaDrift): readonly string[] {
  return [
    ...added.filter(({ required }) => required).map(({ field }) => `${field} is new and must be given`),
    ...added.filter(({ required }) => !required).map(({ field }) => `${field} is new`),
    ...removed.map(({ field, renamed_to }) =>
      renamed_to === null
        ? `${field} is no field any more`
        : `${field} is no field any more; it may be ${renamed_to} now`,
    ),
    ...refused.map(({ path, message }) => `${path}: ${message}`),
  ];
}

export function testLines({ steps }: BlockTest, { style }: Io): readonly string[] {
  const width = Math.max(0, ...steps.map(({ name }) => name.length));
  return steps.map(({ name, state, message, duration_ms }) => {
    const mark =
      state === "ok" ? style.green("ok     ") : state === "failed" ? style.red("failed ") : style.dim("skipped");
    const said = message === null ? "" : `  ${message}`;
    return `${mark}  ${name.padEnd(width)}${said}${state === "skipped" ? "" : style.dim(`  ${duration_ms} ms`)}`;
  });
}
