/** Tells the language server which blocks there are: their names and types, never what is in them. */
import path from "node:path";
import type { KnownFacts } from "../../runtime/protocol/language.ts";
import type { Context } from "../context.ts";
import { createRealFiles } from "../real-files.ts";

export function tellBlocks({ vscode, blocks, flows, own }: Pick<Context, "vscode" | "blocks" | "flows" | "own">): void {
  const files = createRealFiles(vscode);
  let told = "";
  const tell = (): void => {
    if (!blocks.isKnown) return;
    const facts: Pick<KnownFacts, "blocks" | "block_types" | "blocks_known"> = {
      blocks_known: true,
      blocks: blocks.documents.map(({ block_type_slug: type, block_type_name: description, name }) => ({
        ...{ type, name, description },
      })),
      block_types: blocks.types.map(({ slug, class_name, module }) => ({
        ...{ slug, class_name },
        module: path.isAbsolute(module) ? vscode.Uri.file(files.shown(module)).toString() : module,
      })),
    };
    // Each telling checks all open files anew.
    const now = JSON.stringify(facts);
    if (now === told) return;
    told = now;
    flows.tell(facts);
  };
  own(blocks.onDidChange(tell));
  tell();
}
