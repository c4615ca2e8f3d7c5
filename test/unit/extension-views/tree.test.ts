import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { TreeNode } from "../../../extension/views/node.ts";
import { createTree, type TreeElement } from "../../../extension/views/tree.ts";
import { fakeVscode } from "../../support/fake-vscode.ts";

function node(id: string, rest: Partial<TreeNode> = {}): TreeNode {
  return {
    id,
    label: id,
    icon: { kind: "codicon", name: "circle" },
    words: [],
    opens: "closed",
    says: id,
    ...rest,
  };
}

function treeWith(load: (node: TreeNode) => readonly TreeNode[] = () => []) {
  const tree = createTree(fakeVscode().api, async (asked) => load(asked));
  const fired: (readonly string[] | "all")[] = [];
  tree.provider.onDidChangeTreeData?.((what) => {
    fired.push(Array.isArray(what) ? what.map((element) => element.node.id) : "all");
  });
  const children = async (element?: TreeElement) => (await tree.provider.getChildren(element)) ?? [];
  return { tree, children, take: () => fired.splice(0) };
}

test("should draw nothing anew when nothing has changed", () => {
  const { tree, take } = treeWith();
  tree.show([node("a"), node("b", { children: [node("c")] })]);
  take();
  tree.show([node("a"), node("b", { children: [node("c")] })]);
  assert.deepEqual(take(), []);
});

test("should draw only the line that has changed", async () => {
  const { tree, children, take } = treeWith();
  tree.show([node("a"), node("b", { children: [node("c"), node("d")] })]);
  take();
  const [, before] = await children();
  tree.show([node("a"), node("b", { children: [node("c"), node("d", { description: "1.2s" })] })]);
  assert.deepEqual(take(), [["d"]]);
  tree.show([node("a"), node("b", { children: [node("d", { description: "1.2s" })] })]);
  assert.deepEqual(take(), [["b"]]);
  const [, after] = await children();
  assert.equal(before, after, "the editor knows lines by identity");
});

test("should draw the roots anew when one comes or goes", () => {
  const { tree, take } = treeWith();
  tree.show([node("a")]);
  take();
  tree.show([node("b"), node("a")]);
  assert.deepEqual(take(), ["all"]);
});

test("should hand commands what a line stands for, as it is now", async () => {
  const { tree, children } = treeWith();
  tree.show([node("a", { run_id: "one" })]);
  const [element] = await children();
  assert.equal(element?.run_id, "one");
  tree.show([node("a", { run_id: "two", task_run_id: "task" })]);
  assert.equal(element?.run_id, "two");
  assert.equal(element?.task_run_id, "task");
});

test("should read children when they are asked for, and change them only where they were", async () => {
  const asked: string[] = [];
  const { tree, children, take } = treeWith(({ id }) => {
    asked.push(id);
    return [node(`${id}1`)];
  });
  tree.show([node("a"), node("b")]);
  const [a] = await children();
  tree.showChildren("b", [node("b1"), node("b2")]);
  take();
  assert.deepEqual(
    (await children(a)).map((element) => element.node.id),
    ["a1"],
  );
  assert.deepEqual(asked, ["a"]);
  assert.deepEqual([...tree.opened], ["a"]);
  tree.showChildren("a", [node("a1", { label: "other" })]);
  assert.deepEqual(take(), [["a1"]]);
  tree.showChildren("a", [node("a1", { label: "other" }), node("a2")]);
  assert.deepEqual(take(), [["a"]]);
  tree.show([node("a"), node("b")]);
  assert.deepEqual(take(), []);
  assert.deepEqual(
    (await children(a)).map((element) => element.node.id),
    ["a1", "a2"],
  );
});

test("should show after any changes what a new tree would", async () => {
  const anyNodes = fc.uniqueArray(fc.record({ id: fc.constantFrom(..."abcdef"), label: fc.constantFrom("x", "y") }), {
    selector: ({ id }) => id,
  });
  const anyTree = fc.uniqueArray(
    fc.record({ id: fc.constantFrom(..."ABC"), label: fc.constantFrom("x", "y"), children: anyNodes }),
    {
      selector: ({ id }) => id,
    },
  );
  const shown = async (
    { children }: Pick<ReturnType<typeof treeWith>, "children">,
    element?: TreeElement,
  ): Promise<unknown> =>
    Promise.all(
      (await children(element)).map(async (child) => [
        child.node.id,
        child.node.label,
        await shown({ children }, child),
      ]),
    );
  await fc.assert(
    fc.asyncProperty(fc.array(anyTree, { minLength: 1, maxLength: 5 }), async (states) => {
      const one = treeWith();
      const nodes = states.map((roots) =>
        roots.map(({ id, label, children }) =>
          node(id, { label, children: children.map((child) => node(`${id}${child.id}`, { label: child.label })) }),
        ),
      );
      for (const state of nodes) {
        one.tree.show(state);
        await shown(one);
      }
      const fresh = treeWith();
      fresh.tree.show(nodes.at(-1) ?? []);
      assert.deepEqual(await shown(one), await shown(fresh));
    }),
  );
});
