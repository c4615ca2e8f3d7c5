/** A block as a person reads it. */
import { isBlockReference, isEnvironmentReference, mapData } from "../../protocol/block-data.ts";
import { blockUserTexts } from "../../protocol/block-uses.ts";
import type { BlockDocument, BlockTest, BlockType, BlockUsers, SchemaDrift } from "../../protocol/blocks.ts";
import type { Io } from "../command.ts";
import type { Style } from "../terminal/style.ts";

/** How code loads it. */
export function loadSnippet({ code_example }: Pick<BlockType, "code_example">, name: string): string {
  return code_example.replaceAll('"NAME"', () => JSON.stringify(name));
}

export function blockLines(
  block: BlockDocument & { readonly used_by?: BlockUsers },
  type: BlockType | undefined,
  { style }: Io,
): readonly string[] {
  const { name, block_type_name, drift, unreadable_secrets } = block;
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
      : [style.yellow(`  Nobody has registered the type here: millrace blocks register FILE|PACKAGE`)]),
    ...unreadable_secrets.map((path) => style.yellow(`  ${path} was saved with another key: enter it again`)),
    ...(drift === null ? [] : driftLines(drift).map((line) => style.yellow(`  ${line}`))),
    ...users.map(({ path: who, message: field }) => `  used by ${who} (${field})`),
    ...(type === undefined
      ? []
      : [
          "",
          ...loadSnippet(type, name)
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
