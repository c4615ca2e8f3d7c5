/** Block types and documents as the service tells them. */

import { blockReferencesOf, secretFieldsOf } from "../../runtime/protocol/block-data.ts";
import type { BlockDocument, BlockType } from "../../runtime/protocol/blocks.ts";

export function blockType(
  slug: string,
  rest: Partial<BlockType> & { readonly fields?: Record<string, unknown> } = {},
): BlockType {
  const { fields = { type: "object", properties: {} }, ...given } = rest;
  const class_name = slug.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return {
    ...{ slug, class_name, name: class_name, module: "millrace/blocks", description: `About ${slug}.`, logo: null },
    ...{ category: "General", code_example: "", is_protected: true, testable: true },
    schema: {
      checksum: "sha256:1",
      version: "0.1.0",
      fields,
      secret_fields: secretFieldsOf(fields),
      block_references: blockReferencesOf(fields),
    },
    ...given,
  };
}

/** Two fields, one of them a secret, and a reference. */
export const bucketFields = {
  type: "object",
  properties: {
    bucket: { type: "string", description: "Its name." },
    key: { type: "string", format: "password", writeOnly: true },
    login: { type: "object", block_type_slug: "login" },
    folder: { type: "string", default: "" },
  },
  required: ["bucket", "key"],
};

export const loginFields = {
  type: "object",
  properties: { user: { type: "string" }, password: { type: "string", format: "password", writeOnly: true } },
  required: ["user", "password"],
};

export function blockDocument(slug: string, name: string, rest: Partial<BlockDocument> = {}): BlockDocument {
  return {
    ...{ id: `${slug}/${name}`, name, block_type_slug: slug, block_type_name: slug, data: {}, version: 1 },
    ...{ created: "2026-11-21T09:00:00Z", updated: "2026-11-21T09:00:00Z", schema_checksum: "sha256:1" },
    ...{ drift: null, unreadable_secrets: [], type_known: true, type_module: "millrace/blocks" },
    ...rest,
  };
}
