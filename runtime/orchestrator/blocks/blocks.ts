/**
 * Saving, renaming and removing block documents and types. A change is in force when its record is durable: new secrets
 * are on the disk before it, the ones that it replaces are removed after it, and what a crash leaves between the two is
 * swept at the next start.
 */
import path from "node:path";
import { keepSecret, readSecret, removeSecrets, sweepSecrets } from "../../journal/secrets/files.ts";
import { guardKey } from "../../journal/secrets/key.ts";
import { checkDocument, referencesIn, secretIdsIn, spellFields, topFields } from "../../protocol/block-data.ts";
import { blockNameProblem } from "../../protocol/block-names.ts";
import { blockUserTexts } from "../../protocol/block-uses.ts";
import type {
  BlockDocument,
  BlockMessage,
  BlockTest,
  BlockType,
  BlockUsers,
  SaveBlockDocument,
} from "../../protocol/blocks.ts";
import { type FieldProblem, MillraceError, toError } from "../../protocol/errors.ts";
import { newId } from "../../protocol/ids.ts";
import type { BlockModules } from "../../worker/block-modules.ts";
import type { Core } from "../core.ts";
import { blockKey, type StoredBlock, type SystemRecord } from "../system/records.ts";
import type { BlockTypes } from "./block-types.ts";
import type { DocumentViews } from "./document-views.ts";
import { withNewNames } from "./drift.ts";
import { ownSecrets, placeSecrets, revealSecrets, type Taken, takeSecrets } from "./take-secrets.ts";

export interface TestRequest {
  readonly slug: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly name: string | undefined;
  readonly cwd: string | undefined;
  readonly signal: AbortSignal;
}

export interface Blocks {
  readonly types: BlockTypes;
  list(): readonly BlockDocument[];
  show(slug: string, name: string): BlockDocument & { readonly used_by: BlockUsers };
  /** @throws MillraceError "bad-parameters" naming each field, "conflict" when the name is taken or the version another. */
  save(slug: string, name: string, request: SaveBlockDocument): Promise<BlockDocument>;
  rename(slug: string, name: string, to: string): Promise<BlockDocument>;
  /** @throws MillraceError "conflict" naming the documents that refer to it, unless forced. */
  remove(slug: string, name: string, force: boolean): Promise<void>;
  /** @throws MillraceError "load-failed", "conflict" for a slug that is built in. */
  register(module: string, cwd: string | undefined): Promise<readonly BlockType[]>;
  removeType(slug: string): Promise<void>;
  test(request: TestRequest): Promise<BlockTest>;
  /** Has a saved block say something, in a process of its own; resolves with the answer. @throws MillraceError "not-found". */
  say(
    block: { readonly slug: string; readonly name: string } | { readonly url: string },
    message: BlockMessage,
  ): Promise<string>;
  /** At start: removes the ciphertexts that nothing refers to. */
  sweep(): Promise<void>;
}

export function createBlocks(core: Core, types: BlockTypes, views: DocumentViews, modules: BlockModules): Blocks {
  const { system, disk, home, events } = core;
  const { facts } = system;
  const now = () => new Date().toISOString();

  /** One change after the other: each sees what the one before has made true. */
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.catch(() => {}).then(work);
    last = turn;
    return turn;
  };
  const change = async (record: SystemRecord): Promise<void> => {
    await system.commit(record);
    await core.publish();
    events.publish({ type: "blocks" });
  };
  /** What a run that read published.json a moment ago may still open is gone only now. */
  const forget = async (ids: readonly string[]): Promise<void> => {
    await removeSecrets(disk, home, ids).catch((thrown: unknown) =>
      core.log.error("removing secrets", toError(thrown)),
    );
  };

  /** The document as it would be kept. @throws MillraceError "bad-parameters". */
  function take(type: BlockType, given: SaveBlockDocument["data"], stored: StoredBlock | undefined): Taken {
    const spelt = spellFields(type.schema.fields, given);
    const saved = stored === undefined ? undefined : withNewNames(stored.data, type.schema);
    const taken = takeSecrets(type.schema.fields, spelt, saved);
    const own = new Set(taken.problems.map(({ path: field }) => field));
    const others = [...checkDocument(type.schema, taken.data, { refuseUnknown: true }), ...danglingIn(taken.data)];
    refuse(type, [...taken.problems, ...others.filter(({ path: field }) => !own.has(field))]);
    return taken;
  }

  function danglingIn(data: Taken["data"]): readonly FieldProblem[] {
    return referencesIn(data)
      .filter(({ block }) => !facts.blocks.has(block))
      .map(({ field, block }) => ({ path: field, message: `there is no block ${block}` }));
  }

  function secretOf(id: string): string {
    try {
      return readSecret(disk, home, id);
    } catch (thrown) {
      throw new MillraceError(
        "bad-parameters",
        `A saved secret of this block cannot be read: ${toError(thrown).message}. Enter it again.`,
      );
    }
  }

  function plain(type: BlockType, taken: Pick<Taken, "data" | "fresh">) {
    const { slug, module } = type;
    return { slug, module, ...revealSecrets(taken, secretOf) };
  }

  return {
    types,
    list: views.all,
    show: (slug, name) => ({ ...views.of(views.stored(slug, name)), used_by: views.usersOf(slug, name) }),
    save: (slug, name, { data, overwrite = false, if_version, copy_of }) =>
      inTurn(async () => {
        const type = types.get(slug);
        acceptName(name);
        const key = blockKey(slug, name);
        const stored = facts.blocks.get(key);
        refuseVersion(stored, slug, name, overwrite, if_version);
        const original = stored ?? (copy_of === undefined ? undefined : views.stored(slug, copy_of));
        const given = take(type, data, original);
        // Each document has ciphertexts of its own: they go when it goes.
        const taken = stored === undefined ? ownSecrets(given, secretOf) : given;
        if (referencesIn(taken.data).some(({ block }) => reaches(facts.blocks, block, key))) {
          throw new MillraceError("conflict", `The block ${key} would refer to itself. Choose other references.`);
        }
        refuse(type, await modules.check(plain(type, taken), types.cwdOf(slug)));
        const ids: string[] = [];
        try {
          for (const secret of taken.fresh) ids.push(await keepSecret(disk, home, secret));
          const block: StoredBlock = {
            id: stored?.id ?? newId(),
            slug,
            name,
            type_name: type.name,
            type_module: type.module,
            data: placeSecrets(taken.data, ids),
            version: (stored?.version ?? 0) + 1,
            created: stored?.created ?? now(),
            updated: now(),
            schema_checksum: type.schema.checksum,
            asked: [...topFields(type.schema.fields).keys()],
          };
          await change({ kind: "block", block });
          const kept = new Set(secretIdsIn(block.data));
          await forget(secretIdsIn(stored?.data).filter((id) => !kept.has(id)));
          return views.of(block);
        } catch (thrown) {
          // The record may be durable although publishing it failed: then the secrets are in use.
          const inUse = new Set(secretIdsIn(facts.blocks.get(key)?.data));
          await forget(ids.filter((id) => !inUse.has(id)));
          throw thrown;
        }
      }),
    rename: (slug, name, to) =>
      inTurn(async () => {
        const block = views.stored(slug, name);
        if (to === name) return views.of(block);
        acceptName(to);
        if (facts.blocks.has(blockKey(slug, to))) throw taken(slug, to);
        await change({ kind: "block-renamed", slug, name, to, at: now() });
        tellNamers(events, views.usersOf(slug, to));
        return views.of(views.stored(slug, to));
      }),
    remove: (slug, name, force) =>
      inTurn(async () => {
        const block = views.stored(slug, name);
        const users = blockUserTexts(views.usersOf(slug, name), blockKey(slug, name));
        if (users.length > 0 && !force) {
          const named = users.map(({ path: who, message: field }) => `${who} (${field})`).join(", ");
          throw new MillraceError(
            "conflict",
            `The block ${slug}/${name} is used by ${named}. Change those first, or delete it all the same (--force).`,
            { fields: users },
          );
        }
        await change({ kind: "block-removed", slug, name });
        await forget(secretIdsIn(block.data));
      }),
    async register(module, cwd = home) {
      const found = await modules.describe(module, cwd);
      if (found.length === 0) {
        throw new MillraceError(
          "bad-file",
          `${module} exports no block class. A block is a class that extends defineBlock({ … }) and is exported.`,
        );
      }
      return inTurn(async () => {
        for (const type of found) {
          if (types.isBuiltIn(type.slug)) {
            throw new MillraceError(
              "conflict",
              `${module}: the slug "${type.slug}" of ${type.class_name} belongs to a built-in block; give yours another.`,
            );
          }
        }
        for (const type of found) {
          await change({ kind: "block-type", type, cwd: path.resolve(cwd) });
        }
        return found;
      });
    },
    removeType: (slug) =>
      inTurn(async () => {
        const type = types.get(slug);
        if (types.isBuiltIn(slug)) {
          throw new MillraceError("conflict", `The block type "${slug}" (${type.name}) is built in and stays.`);
        }
        const names = [...facts.blocks.values()].filter((block) => block.slug === slug).map((block) => block.name);
        if (names.length > 0) {
          throw new MillraceError(
            "conflict",
            `The block type "${slug}" has saved blocks: ${names.join(", ")}. Delete those first.`,
          );
        }
        await change({ kind: "block-type-removed", slug });
      }),
    async test({ slug, data, name, cwd, signal }) {
      const type = types.get(slug);
      const stored = name === undefined ? undefined : facts.blocks.get(blockKey(slug, name));
      const document = plain(type, take(type, data, stored));
      return modules.test(document, cwd ?? types.cwdOf(slug), signal);
    },
    async say(block, message) {
      if ("url" in block) {
        const document = plain(types.get("webhook"), { data: { url: block.url }, fresh: [] });
        return modules.say(document, message, undefined);
      }
      const stored = views.stored(block.slug, block.name);
      const type = types.get(block.slug);
      const document = plain(type, { data: withNewNames(stored.data, type.schema), fresh: [] });
      return modules.say(document, message, types.cwdOf(block.slug));
    },
    sweep: () =>
      inTurn(async () => {
        const warning = guardKey(home);
        if (warning !== undefined) core.log.info(warning);
        const used = new Set([...facts.blocks.values()].flatMap(({ data }) => secretIdsIn(data)));
        // A newer Millrace may have written records that refer to secrets too.
        for (const id of secretIdsIn(facts.unknown)) used.add(id);
        const removed = await sweepSecrets(disk, home, used);
        if (removed.length > 0) core.log.info(`removed ${removed.length} secrets that nothing refers to`);
      }),
  };
}

/** Who shows deployments, pools or automations reads them again. */
function tellNamers(events: Core["events"], { deployments = [], work_pools = [], automations = [] }: BlockUsers): void {
  if (deployments.length > 0) events.publish({ type: "deployments" });
  if (work_pools.length > 0) events.publish({ type: "work-pools" });
  if (automations.length > 0) events.publish({ type: "automations" });
}

function acceptName(name: string): void {
  const message = blockNameProblem(name);
  if (message === undefined) return;
  throw new MillraceError("bad-parameters", message, { fields: [{ path: "name", message }] });
}

function refuse(type: BlockType, fields: readonly FieldProblem[]): void {
  if (fields.length === 0) return;
  const lines = fields.map((field) => `  ${field.path === "" ? "(the block)" : field.path}: ${field.message}`);
  throw new MillraceError("bad-parameters", `${type.name}:\n${lines.join("\n")}`, { fields });
}

function refuseVersion(
  stored: StoredBlock | undefined,
  slug: string,
  name: string,
  overwrite: boolean,
  wanted: number | undefined,
): void {
  if (wanted !== undefined && wanted !== (stored?.version ?? 0)) {
    throw new MillraceError(
      "conflict",
      `The block ${slug}/${name} was changed meanwhile (version ${stored?.version ?? 0}, not ${wanted}). Read it again first.`,
    );
  }
  if (stored !== undefined && !overwrite && wanted === undefined) throw taken(slug, name);
}

function taken(slug: string, name: string): MillraceError {
  return new MillraceError(
    "conflict",
    `There is a block ${slug}/${name} already. Choose another name, or overwrite it (--overwrite; { overwrite: true } in code).`,
  );
}

/** Whether the references of `from` lead to `wanted`. */
function reaches(
  blocks: ReadonlyMap<string, StoredBlock>,
  from: string,
  wanted: string,
  seen = new Set<string>(),
): boolean {
  if (from === wanted) return true;
  if (seen.has(from)) return false;
  seen.add(from);
  return referencesIn(blocks.get(from)?.data ?? {}).some(({ block }) => reaches(blocks, block, wanted, seen));
}
