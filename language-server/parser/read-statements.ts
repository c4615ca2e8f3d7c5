import type { Parser, Tree, TreeCursor } from "@vscode/tree-sitter-wasm";
import { beginningAfter, beginningBefore, chunksOf } from "./chunks.ts";
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
  const damage = damagedPart(tree, text);
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

interface Part {
  readonly start: number;
  readonly end: number;
}

/**
 * From the first to the last statement with an error, and on to where statements seem to begin: an error may end in
 * the middle of one, and leave `const b` of `export const b`.
 */
function damagedPart(tree: Tree, text: string): Part | undefined {
  const { rootNode } = tree;
  if (!rootNode.hasError) return undefined;
  // A file of which nothing could be made is one ERROR.
  if (rootNode.type === "ERROR") return { start: 0, end: text.length };
  const children = rootNode.children.flatMap((child) =>
    child === null ? [] : [{ start: child.startIndex, end: child.endIndex, damaged: child.hasError }],
  );
  const damaged = children.filter((child) => child.damaged);
  let start = beginningBefore(text, damaged[0]?.start ?? 0);
  let end = damaged.at(-1)?.end ?? text.length;
  for (const child of children.toReversed()) if (child.start < start && child.end > start) start = child.start;
  for (let reached = -1; reached !== end; ) {
    reached = end;
    end = beginningAfter(text, end);
    for (const child of children) if (child.start < end && child.end > end) end = child.end;
  }
  return { start, end };
}

function readChunk(parser: Parser, text: string, start: number, kept: Kept): Statement[] {
  const known = kept.take(start, text, undefined);
  if (known !== undefined) return [known];
  const whole = readPiece(parser, text, start);
  if (whole === undefined || !whole.damaged) return whole === undefined ? [] : [whole];
  // What was typed below a statement may be all that is wrong with the chunk.
  const end = closingLine(text);
  const first = end === undefined ? undefined : readPiece(parser, text.slice(0, end), start);
  if (end === undefined || first === undefined || first.damaged) return [whole];
  return [first, ...readChunk(parser, text.slice(end), start + end, kept)];
}

function readPiece(parser: Parser, text: string, start: number): Statement | undefined {
  const tree = parser.parse(text);
  if (tree === null) return undefined;
  const cursor = tree.walk();
  try {
    return convert(cursor, 0, new Statement(start, text, tree.rootNode.hasError, cursor.nodeType));
  } finally {
    cursor.delete();
    tree.delete();
  }
}

/** Behind the first line that closes something at the margin; undefined when nothing comes after it. */
function closingLine(text: string): number | undefined {
  const match = /^[}\])].*(?:\r?\n|$)/m.exec(text);
  const end = match === null ? text.length : match.index + match[0].length;
  return text.slice(end).trim() === "" ? undefined : end;
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
