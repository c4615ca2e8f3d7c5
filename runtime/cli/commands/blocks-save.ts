/** Saves a block from what stands on the command line, in a file or on the input, and what is asked for. */
import { readFileSync } from "node:fs";
import type { Client } from "../../client/client.ts";
import { isSecretField, requiredFields, topFields } from "../../protocol/block-data.ts";
import type { BlockDocument, BlockType } from "../../protocol/blocks.ts";
import { exitCodes, MillraceError } from "../../protocol/errors.ts";
import { askSecret } from "../blocks/ask-secret.ts";
import { readFields } from "../blocks/fields-given.ts";
import { findType, needName, splitBlock, withClient } from "../blocks/read-blocks.ts";
import { loadSnippet } from "../blocks/show-block.ts";
import type { CommandContext, CommandHandler, CommandInput, Io } from "../command.ts";
import { printJson } from "../json.ts";

type Fields = Readonly<Record<string, unknown>>;

export const blocksSaveHandler: CommandHandler = async ({ home, input, io, json }: CommandContext) => {
  const { type: given, name: givenName } = splitBlock(input.arguments);
  const name = needName(givenName);
  return withClient(home, async (client) => {
    const type = await findType(client, given);
    const params = { slug: type.slug, name };
    const overwrite = input.flag("overwrite");
    const known = overwrite ? await find(client, params) : undefined;
    const { kept, gone } = stillFields(type, known?.data ?? {});
    const fields = fieldsOf(type, kept, input, io);
    const left = new Set(input.list("unset"));
    const data = await withSecrets(
      type,
      Object.fromEntries(Object.entries(fields).filter(([key]) => !left.has(key))),
      io,
    );
    const body = { data, overwrite, ...(known === undefined ? {} : { if_version: known.version }) };
    // The class itself looks at the values, which loads it.
    const saved = await client.request("PUT /api/block_documents/:slug/:name", { params, body });
    if (json) printJson(io, saved);
    else {
      if (gone.length > 0)
        io.err(`${io.style.yellow("dropped")}: ${gone.join(", ")}, which ${type.name} does not have any more\n`);
      io.out(`${io.style.bold(`${type.slug}/${name}`)} is saved. Load it with:\n\n`);
      io.out(`${loadSnippet(type, name, io.cwd)}\n`);
    }
    return exitCodes.completed;
  });
};

/** What a changed type does not know any more is left behind, and said. */
function stillFields(type: BlockType, saved: Fields): { readonly kept: Fields; readonly gone: readonly string[] } {
  const known = topFields(type.schema.fields);
  const open = type.schema.fields["additionalProperties"];
  const gone = open === undefined || open === false ? Object.keys(saved).filter((field) => !known.has(field)) : [];
  return { kept: Object.fromEntries(Object.entries(saved).filter(([field]) => !gone.includes(field))), gone };
}

export function fieldsOf(type: BlockType, saved: Fields, input: CommandInput, io: Io): Fields {
  return readFields(
    type.schema.fields,
    saved,
    { pairs: input.list("field"), data: input.text("data"), variables: input.list("env") },
    { cwd: io.cwd, input: () => readFileSync(0, "utf8") },
  );
}

async function find(
  client: Client,
  params: { readonly slug: string; readonly name: string },
): Promise<BlockDocument | undefined> {
  try {
    return await client.request("GET /api/block_documents/:slug/:name", { params });
  } catch (thrown) {
    if (thrown instanceof MillraceError && thrown.code === "not-found") return undefined;
    throw thrown;
  }
}

/** Secrets that must be there and are not are asked for, where somebody can be asked. */
async function withSecrets(type: BlockType, fields: Fields, io: Io): Promise<Fields> {
  if (!io.interactive) return fields;
  const required = requiredFields(type.schema.fields);
  let complete = fields;
  for (const [name, schema] of topFields(type.schema.fields)) {
    if (!isSecretField(schema) || !required.has(name) || complete[name] !== undefined) continue;
    const value = await askSecret(`${name} (not shown)`);
    if (value !== "") complete = { ...complete, [name]: value };
  }
  return complete;
}
