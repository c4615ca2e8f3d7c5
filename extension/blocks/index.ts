/** Blocks in the editor: what there is, the commands, names in code. Their page is in `pages`, their tree in `views`. */
import type { Context } from "../context.ts";
import type { OwnedFlowModel } from "../language/flow-model.ts";
import { registerBlockCommands } from "./commands.ts";
import { tellBlocks } from "./facts.ts";
import { registerBlockHover, registerBlockText } from "./hover.ts";

export function registerBlocks(context: Context, flows: OwnedFlowModel): void {
  registerBlockCommands(context);
  registerBlockHover(context);
  registerBlockText(context);
  tellBlocks(context);
  flows.onRenameBlock(async (block, to) => {
    const isOpen = context.pages.isBlockVisible(block);
    await context.blockActions.rename(block, to);
    if (isOpen) await context.pages.openBlock({ slug: block.slug, name: to });
  });
}
