import type { Parser, Tree, TreeCursor } from "@vscode/tree-sitter-wasm";
import { chunksOf } from "./chunks.ts";
import { Statement, SyntaxNode } from "./syntax.ts";

/** Below this depth nothing is read: no flow is written so, and recursion over syntax stays safe. */
const maximumDepth = 300;

/**
 * The statements of a file. Where the text is in order they are those of the tree; from the first to the last error
 * they are read one by one, so that a brace that is missing in one flow does not swallow those below.
 *
 * @param previous statements of an earlier version: those whose text is the same are taken over.
 */
export function readStatements(parser: Parser, tree: Tree, text: string, previous: readonly Statement[]): Statement[] {
  const kept = new Kept(previous);
  const damage = damagedPart(tree, text.length);
  const cursor = tree.walk();
  const before: Statement[] = [];
  const after: Statement[] = [];
  try {
    if (cursor.nodeType !== "ERROR" && cursor.gotoFirstChild()) {
      do {
        const { startIndex: start, endIndex: end } = cursor;
        if (damage !== undefined && start >= damage.start && end <= damage.end) continue;
        const statement =
          kept.take(start, text.slice(start, end), false) ??
          convert(cursor, start, new Statement(start, text.slice(start, end), false, cursor.nodeType));
        (damage === undefined || start < damage.start ? before : after).push(statement);
      } while (cursor.gotoNextSibling());
    }
  } finally {
    cursor.delete();
  }
  if (damage === undefined) return before;
  const chunks = chunksOf(text.slice(damage.start, damage.end));
  return [
    ...before,
    ...chunks.flatMap(({ start, end }) =>
      readChunk(parser, text.slice(damage.start + start, damage.start + end), damage.start + start, kept),
    ),
    ...after,
  ];
}

/** From the first to the last statement with an error. */
function damagedPart(tree: Tree, length: number): { readonly start: number; readonly end: number } | undefined {
  const { rootNode } = tree;
  if (!rootNode.hasError) return undefined;
  // A file of which nothing could be made is one ERROR.
  if (rootNode.type === "ERROR") return { start: 0, end: length };
  const damaged = rootNode.children.filter((child) => child?.hasError === true);
  return { start: damaged[0]?.startIndex ?? 0, end: damaged.at(-1)?.endIndex ?? length };
}

function readChunk(parser: Parser, text: string, start: number, kept: Kept): Statement[] {
  const known = kept.take(start, text, undefined);
  if (known !== undefined) return [known];
  const tree = parser.parse(text);
  if (tree === null) return [];
  const cursor = tree.walk();
  try {
    return [convert(cursor, 0, new Statement(start, text, tree.rootNode.hasError, cursor.nodeType))];
  } finally {
    cursor.delete();
    tree.delete();
  }
}

/**
 * Reads what is below the node that the cursor stands on, to which the cursor comes back.
 * @param origin where in the parser's text the statement begins
 */
function convert(cursor: TreeCursor, origin: number, statement: Statement): Statement {
  let parent = statement.root;
  let depth = 0;
  if (!cursor.gotoFirstChild()) return statement;
  for (;;) {
    if (cursor.nodeIsNamed) {
      const [start, end] = [cursor.startIndex - origin, cursor.endIndex - origin];
      const node = new SyntaxNode(statement, parent, cursor.nodeType, cursor.currentFieldName, start, end);
      if (depth < maximumDepth && cursor.gotoFirstChild()) {
        parent = node;
        depth++;
        continue;
      }
    }
    while (!cursor.gotoNextSibling()) {
      cursor.gotoParent();
      if (depth === 0) return statement;
      depth--;
      parent = parent.parent ?? statement.root;
    }
  }
}

/** Statements of an earlier version by their text; each is taken once. */
class Kept {
  readonly #byText = new Map<string, Statement[]>();

  constructor(statements: readonly Statement[]) {
    for (const statement of statements) {
      const same = this.#byText.get(statement.text);
      if (same === undefined) this.#byText.set(statement.text, [statement]);
      else same.push(statement);
    }
  }

  take(base: number, text: string, damaged: boolean | undefined): Statement | undefined {
    const same = this.#byText.get(text);
    const at = same?.findIndex((statement) => damaged === undefined || statement.damaged === damaged) ?? -1;
    const [statement] = at < 0 ? [] : (same?.splice(at, 1) ?? []);
    if (statement === undefined) return undefined;
    statement.base = base;
    // A slice keeps the whole text that it was cut from alive: let that be the newest.
    statement.text = text;
    return statement;
  }
}
