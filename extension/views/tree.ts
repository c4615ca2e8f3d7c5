/** A tree of the editor over plain nodes: only what has changed is drawn anew, and what was open stays open. */
import type * as Vscode from "vscode";
import type { CommandElement, VscodeApi } from "../context.ts";
import type { TreeNode } from "./node.ts";
import { treeItem } from "./tree-item.ts";

/** What the editor holds on to, and hands to commands: one per id for as long as it is shown. */
export interface TreeElement extends CommandElement {
  node: TreeNode;
  children: readonly TreeElement[] | undefined;
}

export interface Tree {
  readonly provider: Vscode.TreeDataProvider<TreeElement>;
  /** Shows these roots from now on. */
  show(roots: readonly TreeNode[]): void;
  /** Shows what was read on demand, where it is still asked for. */
  showChildren(id: string, children: readonly TreeNode[]): void;
  /** Ids of what the editor has asked the children of, and is there. */
  readonly opened: ReadonlySet<string>;
  dispose(): void;
}

/** @param load reads the children of a node that does not carry them */
export function createTree(vscode: VscodeApi, load: (node: TreeNode) => Promise<readonly TreeNode[]>): Tree {
  const changed = new vscode.EventEmitter<TreeElement[] | undefined>();
  const elements = new Map<string, TreeElement>();
  const opened = new Set<string>();
  let roots: readonly TreeElement[] = [];

  /** Takes over new nodes; gives the elements whose own line or list of children differs. */
  function take(
    before: readonly TreeElement[] | undefined,
    nodes: readonly TreeNode[],
  ): { readonly list: readonly TreeElement[]; readonly moved: boolean; readonly changes: TreeElement[] } {
    const changes: TreeElement[] = [];
    const list = nodes.map((node) => {
      const known = elements.get(node.id);
      const children = take(known?.children, node.children ?? known?.children?.map((child) => child.node) ?? []);
      const element: TreeElement = known ?? { node, children: undefined };
      const differs = known !== undefined && (!isSameLine(known.node, node) || children.moved);
      element.node = node;
      const { target, run_id, task_run_id, block, block_type } = node;
      const { deployment_id, schedule_id, declared, pool, queue } = node;
      Object.assign(element, { target, run_id, task_run_id, block, block_type });
      Object.assign(element, { deployment_id, schedule_id, declared, pool, queue });
      if (node.children !== undefined || known?.children !== undefined) element.children = children.list;
      elements.set(node.id, element);
      if (differs) changes.push(element);
      else changes.push(...children.changes);
      return element;
    });
    const moved =
      before !== undefined && (before.length !== list.length || before.some((element, at) => element !== list[at]));
    return { list, moved, changes };
  }

  function forgetOthers(): void {
    const kept = new Set<string>();
    const keep = (list: readonly TreeElement[]) => {
      for (const { node, children } of list) {
        kept.add(node.id);
        if (children !== undefined) keep(children);
      }
    };
    keep(roots);
    for (const id of elements.keys()) if (!kept.has(id)) elements.delete(id);
    for (const id of opened) if (!kept.has(id)) opened.delete(id);
  }

  return {
    provider: {
      onDidChangeTreeData: changed.event,
      getTreeItem: ({ node }) => treeItem(vscode, node),
      async getChildren(element) {
        if (element === undefined) return [...roots];
        opened.add(element.node.id);
        if (element.children === undefined) {
          const taken = take(undefined, await load(element.node));
          element.children ??= taken.list;
        }
        return [...element.children];
      },
    },
    show(nodes) {
      const { list, moved, changes } = take(roots, nodes);
      roots = list;
      forgetOthers();
      if (moved) changed.fire(undefined);
      else if (changes.length > 0) changed.fire(changes);
    },
    showChildren(id, nodes) {
      const element = elements.get(id);
      if (element?.children === undefined) return;
      const { list, moved, changes } = take(element.children, nodes);
      element.children = list;
      forgetOthers();
      if (moved) changed.fire([element]);
      else if (changes.length > 0) changed.fire(changes);
    },
    opened,
    dispose: () => changed.dispose(),
  };
}

/** Whether two nodes look alike, whatever is below them. */
function isSameLine(one: TreeNode, other: TreeNode): boolean {
  const line = ({ children: _, ...rest }: TreeNode) => JSON.stringify(rest);
  return line(one) === line(other);
}
