/** The Blocks tree: what is saved in this home, by type. */
import { formatPlural } from "../../runtime/protocol/formats.ts";
import { homePaths } from "../../runtime/protocol/home.ts";
import { troubleOf } from "../blocks/problems.ts";
import type { Context } from "../context.ts";
import { blockNodes } from "./block-nodes.ts";
import { createTree } from "./tree.ts";

export function registerBlocksView(context: Context): void {
  const { vscode, blocks, service, report } = context;
  const tree = context.own(createTree(vscode, async () => []));
  const view = context.own(
    vscode.window.createTreeView("millrace.blocks", { treeDataProvider: tree.provider, showCollapseAll: true }),
  );
  /** Whoever has stopped the service does not want it back for looking. */
  let wasThere = service.state === "connected";

  function draw(): void {
    tree.show(blockNodes(blocks.documents, blocks.types));
    const troubled = blocks.documents.filter((document) => troubleOf(document) !== undefined).length;
    view.badge =
      troubled === 0
        ? undefined
        : {
            value: troubled,
            tooltip: `${formatPlural(troubled, "block")} ${troubled === 1 ? "needs" : "need"} a look`,
          };
    view.message = blocks.problem === null ? undefined : `Blocks could not be read: ${blocks.problem}`;
  }

  /** A home that has published something may have blocks: an empty tree would say that there are none. */
  async function readWhenSeen(): Promise<void> {
    if (!view.visible || blocks.isKnown || service.state !== "stopped" || wasThere) return;
    if ((await service.existing()) !== undefined) return;
    const published = vscode.Uri.file(homePaths.published(service.home));
    const hasPublished = await vscode.workspace.fs.stat(published).then(
      () => true,
      () => false,
    );
    if (hasPublished) await service.client();
  }

  const seen = (): void => {
    readWhenSeen().catch((thrown: unknown) => report(thrown, "Reading blocks"));
  };
  context.own(
    service.onDidChangeState((state) => {
      wasThere ||= state === "connected";
    }),
  );
  context.own(blocks.onDidChange(draw));
  context.own(view.onDidChangeVisibility(seen));
  if (blocks.isKnown) draw();
  seen();
}
