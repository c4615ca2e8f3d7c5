/** Saving and removing block documents goes through the orchestrator, which is started where none is up. */

import type { Client } from "../client/client.ts";
import { hiddenSecret } from "../protocol/blocks.ts";
import { MillraceError } from "../protocol/errors.ts";
import { homeFolder } from "../protocol/home.ts";
import { definingFileOf } from "./block-classes.ts";
import { slugOf } from "./block-reference.ts";
import { isRecord } from "./documents.ts";
import { isSecretText } from "./secret-text.ts";

export interface SaveRequest {
  readonly slug: string;
  readonly className: string;
  readonly name: string;
  /** As it was given in code: SecretTexts and blocks stand where the document has texts and references. */
  readonly given: Readonly<Record<string, unknown>>;
  readonly overwrite?: boolean;
}

export async function saveBlock({ slug, className, name, given, overwrite = false }: SaveRequest): Promise<void> {
  const data = documentOf(given, className);
  await withClient(async (client) => {
    const save = () =>
      client.request("PUT /api/block_documents/:slug/:name", { params: { slug, name }, body: { data, overwrite } });
    try {
      await save();
    } catch (thrown) {
      const file = definingFileOf(slug);
      if (!isUnknownType(thrown, slug) || file === undefined) throw thrown;
      await client.request("POST /api/block_types", { body: { module: file } });
      await save();
    }
  });
}

export async function deleteBlock(slug: string, name: string): Promise<void> {
  await withClient((client) =>
    client
      .request("DELETE /api/block_documents/:slug/:name", { params: { slug, name }, body: {} })
      .catch((thrown: unknown) => {
        if (!(thrown instanceof MillraceError && thrown.code === "not-found")) throw thrown;
      }),
  );
}

async function withClient(ask: (client: Client) => Promise<unknown>): Promise<void> {
  const { connectOrStart } = await import("../client/connect.ts");
  const client = await connectOrStart(homeFolder());
  try {
    await ask(client);
  } finally {
    client.close();
  }
}

/** A type of the user's that nobody has registered in this home yet. */
function isUnknownType(thrown: unknown, slug: string): boolean {
  return (
    thrown instanceof MillraceError &&
    thrown.fields.some(({ path, message }) => path === "slug" && message.includes(slug))
  );
}

/** @throws MillraceError "bad-usage" for a block inside that nobody has saved. */
function documentOf(given: Readonly<Record<string, unknown>>, className: string): Record<string, unknown> {
  const write = (value: unknown, path: string): unknown => {
    if (isSecretText(value)) return value.get();
    if (value === hiddenSecret) return value;
    const slug = slugOf(value);
    if (slug !== undefined && typeof value === "object" && value !== null) {
      const name: unknown = Reflect.get(value, "blockName");
      if (typeof name === "string") return { $block: `${slug}/${name}` };
      throw new MillraceError(
        "bad-usage",
        `${className}: the block in ${path} has no name yet; save it first, then this one can refer to it`,
      );
    }
    if (Array.isArray(value)) return value.map((item, index) => write(item, `${path}[${index}]`));
    if (!isRecord(value) || value instanceof Date) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, write(item, `${path}.${key}`)]));
  };
  return Object.fromEntries(Object.entries(given).map(([key, item]) => [key, write(item, key)]));
}
