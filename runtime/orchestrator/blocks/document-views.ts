/** Stored documents as the API shows them, and what refers to what. */
import { isReadable } from "../../journal/secrets/files.ts";
import { hideSecrets, isSecretReference, mapData, referencesIn } from "../../protocol/block-data.ts";
import type { BlockDocument, BlockUsers } from "../../protocol/blocks.ts";
import { MillraceError } from "../../protocol/errors.ts";
import { didYouMean } from "../../protocol/near-names.ts";
import type { Core } from "../core.ts";
import { blockKey, type StoredBlock } from "../system/records.ts";
import type { BlockTypes } from "./block-types.ts";
import { driftOf, withNewNames } from "./drift.ts";
import { namersOf } from "./uses.ts";

export interface DocumentViews {
  all(): readonly BlockDocument[];
  of(block: StoredBlock): BlockDocument;
  /** @throws MillraceError "not-found" with near names. */
  stored(slug: string, name: string): StoredBlock;
  usersOf(slug: string, name: string): BlockUsers;
}

export function createDocumentViews({ system, disk, home }: Core, types: BlockTypes): DocumentViews {
  const { blocks } = system.facts;

  function of(block: StoredBlock): BlockDocument {
    const type = types.find(block.slug);
    return {
      id: block.id,
      name: block.name,
      block_type_slug: block.slug,
      block_type_name: type?.name ?? block.type_name,
      data: hideSecrets(type === undefined ? block.data : withNewNames(block.data, type.schema)),
      version: block.version,
      created: block.created,
      updated: block.updated,
      schema_checksum: block.schema_checksum,
      drift: type === undefined ? null : driftOf(block, type.schema),
      unreadable_secrets: unreadable(block),
      type_known: type !== undefined,
      type_module: type?.module ?? block.type_module ?? null,
    };
  }

  function unreadable(block: StoredBlock): readonly string[] {
    const found: string[] = [];
    mapData(block.data, (value, path) => {
      if (isSecretReference(value) && !isReadable(disk, home, value.$secret)) found.push(path);
      return value;
    });
    return found;
  }

  return {
    of,
    all: () =>
      [...blocks.values()]
        .sort((left, right) => (blockKey(left.slug, left.name) < blockKey(right.slug, right.name) ? -1 : 1))
        .map(of),
    stored(slug, name) {
      const found = blocks.get(blockKey(slug, name));
      if (found !== undefined) return found;
      const names = [...blocks.values()].filter((block) => block.slug === slug).map((block) => block.name);
      const known = names.length === 0 ? "None is saved." : `Saved are ${names.map((each) => `"${each}"`).join(", ")}.`;
      throw new MillraceError("not-found", `There is no block ${slug}/${name}.${didYouMean(name, names)} ${known}`);
    },
    usersOf(slug, name) {
      const key = blockKey(slug, name);
      const documents = [...blocks.values()].flatMap((block) =>
        referencesIn(block.data)
          .filter((reference) => reference.block === key)
          .map(({ field }) => ({ block_type_slug: block.slug, name: block.name, field })),
      );
      return { documents, ...namersOf(system.facts, key) };
    },
  };
}
