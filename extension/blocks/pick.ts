/** Which block a command means: what it was given, the page in front, else what the user picks. */
import { MillraceError } from "../../runtime/protocol/errors.ts";
import type { BlockName } from "../../runtime/protocol/pages.ts";
import type { Context } from "../context.ts";
import { CancelledByUser } from "../problems.ts";
import { troubleOf } from "./problems.ts";

type Parts = Pick<Context, "vscode" | "service" | "blocks" | "pages">;

/** @throws CancelledByUser, and MillraceError when there is none. */
export async function pickBlock(context: Parts, given: unknown, placeHolder: string): Promise<BlockName> {
  const { vscode, service, blocks, pages } = context;
  const told = blockOf(given) ?? (given instanceof vscode.Uri ? pages.blockAt(given) : undefined);
  if (told !== undefined) return told;
  const input = vscode.window.tabGroups.activeTabGroup?.activeTab?.input;
  const shown = given === undefined && input instanceof vscode.TabInputCustom ? pages.blockAt(input.uri) : undefined;
  if (shown !== undefined) return shown;
  await service.client();
  await blocks.read();
  if (blocks.problem !== null) throw new MillraceError("not-answering", blocks.problem);
  if (blocks.documents.length === 0) {
    throw new MillraceError("not-found", "There is no block yet. Create one with Millrace: New Block.");
  }
  const picked = await vscode.window.showQuickPick(
    blocks.documents.map((document) => ({
      label: document.name,
      description: [document.block_type_name, troubleOf(document)?.short].filter(Boolean).join(" · "),
      block: { slug: document.block_type_slug, name: document.name },
    })),
    { placeHolder, matchOnDescription: true },
  );
  if (picked === undefined) throw new CancelledByUser();
  return picked.block;
}

/** A tree's element or a hover's link carries it as `block`. */
export function blockOf(given: unknown): BlockName | undefined {
  if (typeof given !== "object" || given === null || !("block" in given)) return undefined;
  const { block } = given;
  if (typeof block !== "object" || block === null || !("slug" in block) || !("name" in block)) return undefined;
  const { slug, name } = block;
  return typeof slug === "string" && typeof name === "string" ? { slug, name } : undefined;
}

/** What a new block begins with: a quick fix gives type and name, a tree's element the type. */
export function wantedOf(given: unknown): { readonly slug?: string; readonly suggested?: string } {
  const text = (key: string): string | undefined => {
    const value: unknown = typeof given === "object" && given !== null ? Reflect.get(given, key) : undefined;
    return typeof value === "string" ? value : undefined;
  };
  const slug = text("slug") ?? text("block_type");
  const suggested = text("name");
  return { ...(slug === undefined ? {} : { slug }), ...(suggested === undefined ? {} : { suggested }) };
}
