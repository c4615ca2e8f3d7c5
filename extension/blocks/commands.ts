/** The commands for blocks, by name. */
import { MillraceError } from "../../runtime/protocol/errors.ts";
import type { Context } from "../context.ts";
import { CancelledByUser } from "../problems.ts";
import { pickBlock, wantedOf } from "./pick.ts";

/** name → what is said when it fails, and what it does. */
export function blockCommands(context: Context) {
  const { vscode, blocks, blockActions, pages } = context;
  const pick = (given: unknown, placeHolder: string) => pickBlock(context, given, placeHolder);

  return {
    newBlock: ["Opening the page", async (given) => pages.openBlock(wantedOf(given))],
    editBlock: ["Opening the block", async (given) => pages.openBlock(await pick(given, "Edit which block?"))],
    testBlock: [
      "Testing the block",
      async (given) => pages.openBlock({ ...(await pick(given, "Test which block?")), test: true }),
    ],
    renameBlock: [
      "Renaming the block",
      async (given) => {
        const block = await pick(given, "Rename which block?");
        const isOpen = pages.isBlockVisible(block);
        const name = await blockActions.rename(block);
        if (isOpen) await pages.openBlock({ slug: block.slug, name });
      },
    ],
    duplicateBlock: [
      "Duplicating the block",
      async (given) => blockActions.duplicate(await pick(given, "Duplicate which block?")),
    ],
    deleteBlock: ["Deleting the block", async (given) => blockActions.remove(await pick(given, "Delete which block?"))],
    copyBlockSnippet: ["Copying", async (given) => blockActions.copySnippet(await pick(given, "Load which block?"))],
    insertBlockSnippet: [
      "Inserting the code",
      async (given) => blockActions.insertSnippet(await pick(given, "Load which block?")),
    ],
    registerBlocks: ["Registering blocks", async (given) => blockActions.register(await askModule(given))],
    refreshBlocks: [
      "Reading blocks",
      async () => {
        await context.service.client();
        await blocks.read();
        if (blocks.problem !== null) throw new MillraceError("not-answering", blocks.problem);
      },
    ],
  } satisfies Record<string, readonly [string, (given: unknown) => Promise<unknown>]>;

  /** A file or a package that exports block classes. */
  async function askModule(given: unknown): Promise<string> {
    if (given instanceof vscode.Uri) return given.fsPath;
    const active = vscode.window.activeTextEditor?.document;
    const value = active?.uri.scheme === "file" ? active.uri.fsPath : "";
    const answer = await vscode.window.showInputBox({
      title: "Register Blocks",
      prompt: "A file, or the name of an installed package, whose block classes are to be known",
      value,
      validateInput: (text) => (text.trim() === "" ? "Give a path or the name of a package." : undefined),
    });
    if (answer === undefined) throw new CancelledByUser();
    return answer.trim();
  }
}

export function registerBlockCommands(context: Context): void {
  for (const [name, [doing, command]] of Object.entries(blockCommands(context))) {
    const run = async (given: unknown): Promise<void> => {
      try {
        await command(given);
      } catch (thrown) {
        context.report(thrown, doing);
      }
    };
    context.own(context.vscode.commands.registerCommand(`millrace.${name}`, run));
  }
}
