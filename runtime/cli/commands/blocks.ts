/** Blocks: listed, shown, renamed, deleted; types listed and registered. */
import { connect } from "../../client/connect.ts";
import { isRemote } from "../../client/profiles.ts";
import { blockUserTexts } from "../../protocol/block-uses.ts";
import { exitCodes, MillraceError } from "../../protocol/errors.ts";
import { confirm } from "../ask.ts";
import {
  findType,
  type ListedBlock,
  needName,
  publishedBlocks,
  splitBlock,
  withClient,
} from "../blocks/read-blocks.ts";
import { renameInFiles } from "../blocks/rename-in-files.ts";
import { blockLines } from "../blocks/show-block.ts";
import type { CommandContext, CommandHandler } from "../command.ts";
import { printJson } from "../json.ts";
import { layoutColumns } from "../terminal/columns.ts";
import { ageText } from "../terminal/times.ts";

export const blocksListHandler: CommandHandler = async (context) => {
  const { home, input, io, json } = context;
  const { type } = splitBlock(input.arguments);
  const all = await listBlocks(home);
  const wanted = type.toLowerCase();
  const isWanted = (block: ListedBlock) =>
    type === "" ||
    block.block_type_slug === wanted ||
    block.block_type_name?.replaceAll(" ", "").toLowerCase() === wanted;
  const blocks = all.filter(isWanted);
  if (json) printJson(io, blocks);
  else if (!io.terminal) io.out(blocks.map(({ block_type_slug, name }) => `${block_type_slug}\t${name}\n`).join(""));
  else if (blocks.length === 0) {
    io.out(
      "No blocks yet. millrace blocks types lists what there is to save, millrace blocks save TYPE NAME saves one.\n",
    );
  } else {
    const rows = blocks.map((block) => [
      block.block_type_slug,
      block.name,
      stateOf(block),
      block.updated === undefined ? "" : ageText(Date.now() - Date.parse(block.updated)),
    ]);
    printTable(context, ["TYPE", "NAME", "", "AGO"], rows);
  }
  return exitCodes.completed;
};

function stateOf({ drift, unreadable_secrets = [], type_known }: ListedBlock): string {
  if (type_known === false) return "unknown type";
  if (unreadable_secrets.length > 0) return "secrets must be entered again";
  return drift === undefined || drift === null ? "" : "the type has changed";
}

async function listBlocks(home: string): Promise<readonly ListedBlock[]> {
  const client = isRemote(home) ? await connect(home) : await connect(home).catch(() => undefined);
  if (client === undefined) return publishedBlocks(home);
  try {
    return (await client.request("GET /api/block_documents")).block_documents;
  } finally {
    client.close();
  }
}

export const blockTypesHandler: CommandHandler = async (context) => {
  const { home, io, json } = context;
  const { block_types: types } = await withClient(home, (client) => client.request("GET /api/block_types"));
  if (json) printJson(io, types);
  else if (!io.terminal)
    io.out(types.map(({ slug, class_name, module }) => `${slug}\t${class_name}\t${module}\n`).join(""));
  else {
    const rows = types.map(({ slug, class_name, category, module }) => [slug, class_name, category, module]);
    printTable(context, ["TYPE", "CLASS", "CATEGORY", "FROM"], rows);
  }
  return exitCodes.completed;
};

export const blocksShowHandler: CommandHandler = async ({ home, input, io, json }) => {
  const { type: given, name } = splitBlock(input.arguments);
  return withClient(home, async (client) => {
    // A document may outlive its type.
    const type = await findType(client, given).catch((thrown: unknown) => {
      if (thrown instanceof MillraceError && thrown.code === "not-found") return undefined;
      throw thrown;
    });
    const params = { slug: type?.slug ?? given, name: needName(name) };
    const block = await client.request("GET /api/block_documents/:slug/:name", { params });
    if (json) printJson(io, block);
    else
      io.out(
        blockLines(block, type, io)
          .map((line) => `${line}\n`)
          .join(""),
      );
    return exitCodes.completed;
  });
};

export const blocksRenameHandler: CommandHandler = async ({ home, input, io, json }) => {
  const [given = "", name = "", to = ""] = input.arguments;
  return withClient(home, async (client) => {
    const { slug } = await findType(client, given);
    const { used_by } = await client.request("GET /api/block_documents/:slug/:name", { params: { slug, name } });
    const block = await client.request("POST /api/block_documents/:slug/:name/rename", {
      params: { slug, name },
      body: { name: to },
    });
    const files = renameInFiles(isRemote(home) ? undefined : used_by, io.cwd, {
      from: `${slug}/${name}`,
      to: `${slug}/${to}`,
    });
    if (json) printJson(io, { ...block, changed_files: files });
    else {
      const users = blockUserTexts(used_by, `${slug}/${name}`).map(
        ({ path: who, message }) => `  ${who} (${message})\n`,
      );
      io.out(
        `${io.style.bold(`${slug}/${name}`)} is called ${io.style.bold(to)} now; code that loads it has to be changed.\n`,
      );
      if (users.length > 0) io.out(`It is named anew by:\n${users.join("")}`);
      for (const file of files) io.out(`${file} is changed.\n`);
    }
    return exitCodes.completed;
  });
};

export const blocksRemoveHandler: CommandHandler = async ({ home, input, io, json }) => {
  const { type: given, name } = splitBlock(input.arguments);
  return withClient(home, async (client) => {
    if (input.flag("type")) {
      if (name !== undefined) throw new MillraceError("bad-usage", "--type deletes a type: it takes no NAME.");
      const { slug } = await findType(client, given);
      await client.request("DELETE /api/block_types/:slug", { params: { slug } });
      if (json) printJson(io, { block_type_slug: slug, removed: true });
      else io.out(`The type ${io.style.bold(slug)} is deleted.\n`);
      return exitCodes.completed;
    }
    const slug = await findType(client, given).then(
      (type) => type.slug,
      () => given,
    );
    const params = { slug, name: needName(name) };
    const block = await client.request("GET /api/block_documents/:slug/:name", { params });
    const users = blockUserTexts(block.used_by, `${slug}/${name}`).map(
      ({ path: who, message }) => `${who} (${message})`,
    );
    // Without --force the service refuses, and says who uses it.
    const failing =
      users.length > 0 && input.flag("force") ? ` It is used by ${users.join(", ")}, which will fail.` : "";
    const question = `Delete ${slug}/${block.name}${JSON.stringify(block.data).includes("********") ? " with its secrets" : ""}?${failing}`;
    if (!input.flag("yes") && io.interactive && !(await confirm(io, question))) return exitCodes.failed;
    await client.request("DELETE /api/block_documents/:slug/:name", { params, body: { force: input.flag("force") } });
    if (json) printJson(io, { ...params, removed: true });
    else io.out(`${io.style.bold(`${slug}/${block.name}`)} is deleted.\n`);
    return exitCodes.completed;
  });
};

export const blocksRegisterHandler: CommandHandler = async ({ home, input, io, json }) => {
  const module = input.arguments[0] ?? "";
  const { block_types: types } = await withClient(home, (client) =>
    client.request("POST /api/block_types", { body: { module, cwd: io.cwd } }),
  );
  if (json) printJson(io, types);
  else {
    const lines = types.map(({ slug, class_name }) => `${io.style.bold(slug)}  ${class_name}`);
    io.out(`${types.length === 1 ? "1 block type is" : `${types.length} block types are`} registered:\n`);
    io.out(lines.map((line) => `  ${line}\n`).join(""));
  }
  return exitCodes.completed;
};

function printTable({ io }: CommandContext, titles: readonly string[], rows: readonly (readonly string[])[]): void {
  const columns = titles.map((title, index) => (index < 2 ? { title, shrinkTo: 10 } : { title, drop: index }));
  const lines = layoutColumns(columns, rows, io.columns(), io.style.dim);
  io.out(lines.map((line) => `${line}\n`).join(""));
}
