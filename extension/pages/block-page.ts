/** What belongs to one page of a block: what it is told, and what it alone may ask for. */
import type * as Vscode from "vscode";
import type { BlockType } from "../../runtime/protocol/blocks.ts";
import { MillraceError } from "../../runtime/protocol/errors.ts";
import {
  type BlockDraft,
  type KnownBlocks,
  type PageEvent,
  type PageIdentity,
  pageSchemes,
} from "../../runtime/protocol/pages.ts";
import type { Context, FilledBlock, Pages } from "../context.ts";
import { CancelledByUser } from "../problems.ts";
import type { BlockDrafts } from "./block-drafts.ts";
import type { BlockPageCall, HostCallTable } from "./host-calls.ts";
import { closeTabs } from "./tabs.ts";

export interface BlockPage {
  readonly calls: Pick<HostCallTable, BlockPageCall>;
  known(): KnownBlocks;
  /** What a script is told when it begins. */
  atStart(): readonly PageEvent[];
  onEvent(listener: (event: PageEvent) => void): Vscode.Disposable;
  /** Its script is gone, and nobody waits for a test any more. */
  gone(): void;
  /** Its tab was closed: asks what is to become of what was typed. */
  closed(): Promise<void>;
}

export interface BlockPageParts {
  readonly context: Omit<Context, "pages">;
  readonly pages: Pages;
  readonly drafts: BlockDrafts;
  readonly identity: Extract<PageIdentity, { readonly page: "block" }>;
  readonly uri: Vscode.Uri;
}

const saveAnswer = "Save";
const discardAnswer = "Don't Save";

export function createBlockPage({ context, pages, drafts, identity, uri }: BlockPageParts): BlockPage {
  const { vscode, blocks, blockActions } = context;
  let testing: AbortController | undefined;

  function known(): KnownBlocks {
    const { slug, name } = identity;
    return {
      types: slug === null || name === null ? blocks.types : reachable(blocks.types, slug),
      names: blocks.documents.map((document) => ({ slug: document.block_type_slug, name: document.name })),
      document: slug === null || name === null ? original(slug) : (blocks.find({ slug, name }) ?? null),
      problem: blocks.problem,
    };
  }

  /** The block that a new one is a copy of. */
  function original(slug: string | null): KnownBlocks["document"] {
    const name = identity.copy_of;
    return slug === null || name === null ? null : (blocks.find({ slug, name }) ?? null);
  }

  function filled(draft: BlockDraft): FilledBlock {
    const { slug, name, version } = draft;
    const isCopy = version === null && identity.copy_of !== null && identity.slug === slug;
    return {
      ...{ slug, name, version, data: drafts.fill(uri, draft) },
      ...(isCopy ? { copy_of: identity.copy_of } : {}),
    };
  }

  async function save(draft: BlockDraft, force: boolean) {
    const document = await blockActions.save(filled(draft), force);
    drafts.forget(uri);
    return document;
  }

  return {
    known,
    calls: {
      async keepDraft({ draft }) {
        if (draft === null) drafts.forget(uri);
        else drafts.keep(uri, draft);
        return null;
      },
      async saveBlock({ draft, force }) {
        const document = await save(draft, force === true);
        // An address cannot change: what was saved has a page of its own, in the place of this one.
        if (identity.name === null) {
          await pages.openBlock({ slug: draft.slug, name: draft.name });
          await closeTabs(vscode, uri);
        }
        return document;
      },
      async createBlock({ draft }) {
        const { slug, name } = draft;
        await blockActions.save({ slug, name, version: null, data: drafts.fill(uri, draft) });
        return { slug, name };
      },
      async testBlock({ draft }) {
        testing?.abort();
        const own = new AbortController();
        testing = own;
        try {
          return await blockActions.test(filled(draft), own.signal);
        } catch (thrown) {
          throw own.signal.aborted ? new CancelledByUser() : thrown;
        } finally {
          if (testing === own) testing = undefined;
        }
      },
      async cancelTest() {
        testing?.abort();
        return null;
      },
    },
    atStart() {
      const draft = drafts.find(uri);
      return [
        { type: "blocks", blocks: known() },
        ...(draft === undefined ? [] : [{ type: "draft", ...draft } as const]),
      ];
    },
    onEvent: (listener) => blocks.onDidChange(() => listener({ type: "blocks", blocks: known() })),
    gone: () => testing?.abort(),
    async closed() {
      const left = drafts.find(uri);
      if (left === undefined) return;
      const what = identity.name ?? (left.draft.name || "the new block");
      const answer = await vscode.window.showWarningMessage(
        `Save the changes to ${what}?`,
        { modal: true, detail: "Its page was closed. What was typed there is lost unless it is saved." },
        saveAnswer,
        discardAnswer,
      );
      if (answer === discardAnswer) return drafts.forget(uri);
      if (answer === saveAnswer) {
        try {
          await save(left.draft, false);
          return;
        } catch (thrown) {
          context.report(thrown, "Saving the block");
        }
      }
      const { viewType } = pageSchemes.block;
      const options = { viewColumn: vscode.ViewColumn.Active, preview: false };
      await vscode.commands.executeCommand("vscode.openWith", uri, viewType, options);
    },
  };
}

/** The type and those that its references lead to: a page of one block needs no others. */
function reachable(types: readonly BlockType[], slug: string): readonly BlockType[] {
  const found = new Set<string>([slug]);
  for (const one of found) {
    const type = types.find((candidate) => candidate.slug === one);
    for (const next of Object.values(type?.schema.block_references ?? {})) found.add(next);
  }
  return types.filter((type) => found.has(type.slug));
}

const refuse = async (): Promise<never> => {
  throw new MillraceError("bad-usage", "Only the page of a block may ask for that.");
};

/** For all other pages. */
export const noBlockPage: BlockPage["calls"] = {
  keepDraft: refuse,
  saveBlock: refuse,
  createBlock: refuse,
  testBlock: refuse,
  cancelTest: refuse,
};
