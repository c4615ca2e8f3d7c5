/**
 * A statement's syntax as plain objects. They outlive the parser's own tree, whose memory is freed at once, and they
 * know their offsets from the statement's beginning, so that an edit further up only moves `base`.
 */
export class Statement {
  /** Offset of the statement in the text. */
  base: number;
  text: string;
  /** The parser had to guess: nothing in here is reported as a problem. */
  readonly damaged: boolean;
  /** The statement, or the "program" of a damaged piece of text. */
  readonly root: SyntaxNode;
  #calls: readonly SyntaxNode[] | undefined;

  constructor(base: number, text: string, damaged: boolean, type: string) {
    this.base = base;
    this.text = text;
    this.damaged = damaged;
    this.root = new SyntaxNode(this, null, type, null, 0, text.length);
  }

  /** All calls in it, in the order of the text. Looked for once: an edit elsewhere leaves the statement as it is. */
  get calls(): readonly SyntaxNode[] {
    this.#calls ??= [...descendants(this.root)].filter(({ type: each }) => each === "call_expression");
    return this.#calls;
  }
}

/** A named node of the grammar. */
export class SyntaxNode {
  readonly statement: Statement;
  readonly parent: SyntaxNode | null;
  readonly type: string;
  /** Its role in the parent: "function", "arguments", "name" … */
  readonly field: string | null;
  readonly children: SyntaxNode[] = [];
  /** What scopes remember of an identifier: whether something around it declares the same name. */
  shadowed: boolean | undefined;
  readonly #start: number;
  readonly #end: number;

  /** @param start offset from the statement's beginning, as is `end` */
  constructor(
    statement: Statement,
    parent: SyntaxNode | null,
    type: string,
    field: string | null,
    start: number,
    end: number,
  ) {
    this.statement = statement;
    this.parent = parent;
    this.type = type;
    this.field = field;
    this.#start = start;
    this.#end = end;
    parent?.children.push(this);
  }

  /** Offset in the text, in UTF-16 units. */
  get start(): number {
    return this.statement.base + this.#start;
  }

  get end(): number {
    return this.statement.base + this.#end;
  }

  get text(): string {
    return this.statement.text.slice(this.#start, this.#end);
  }

  child(field: string): SyntaxNode | undefined {
    return this.children.find((child) => child.field === field);
  }

  childOfType(type: string): SyntaxNode | undefined {
    return this.children.find((child) => child.type === type);
  }
}

/** What stands at the top of the file, in the order of the text. */
export function topLevel(statements: readonly Statement[]): SyntaxNode[] {
  return statements.flatMap(({ root }) => {
    // A half-typed `name:` takes what follows for its statement.
    const nodes = root.type === "program" ? root.children : [root];
    return nodes.flatMap((node) => (node.type === "labeled_statement" ? node.children : [node]));
  });
}

/** The node and all below it, in the order of the text. `enter` false leaves out what is below a node. */
export function* descendants(node: SyntaxNode, enter?: (node: SyntaxNode) => boolean): Generator<SyntaxNode> {
  const stack = [node];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    yield next;
    if (enter !== undefined && !enter(next)) continue;
    for (let index = next.children.length - 1; index >= 0; index--) {
      const child = next.children[index];
      if (child !== undefined) stack.push(child);
    }
  }
}

/** From the node's parent outwards. */
export function* ancestors(node: SyntaxNode): Generator<SyntaxNode> {
  for (let next = node.parent; next !== null; next = next.parent) yield next;
}

export function isFunction(node: SyntaxNode): boolean {
  return functionTypes.has(node.type);
}

const functionTypes = new Set([
  "arrow_function",
  "function_expression",
  "function_declaration",
  "generator_function",
  "generator_function_declaration",
  "method_definition",
  "function_signature",
]);

/** The expression inside parentheses, `as`, `satisfies`, `!` and type arguments; the node itself otherwise. */
export function unwrapped(node: SyntaxNode): SyntaxNode {
  let inner = node;
  while (wrapperTypes.has(inner.type)) {
    const next = inner.children.find((child) => child.type !== "comment");
    if (next === undefined) break;
    inner = next;
  }
  return inner;
}

/** The outermost expression that is only this one in parentheses, `as`, `satisfies` or `!`. */
export function wrapping(node: SyntaxNode): SyntaxNode {
  let outer = node;
  while (outer.parent !== null && wrapperTypes.has(outer.parent.type) && unwrapped(outer.parent) === unwrapped(outer))
    outer = outer.parent;
  return outer;
}

const wrapperTypes = new Set([
  "parenthesized_expression",
  "as_expression",
  "satisfies_expression",
  "non_null_expression",
  "instantiation_expression",
]);

/** What a string literal holds; undefined for anything else, also for a template with holes. */
export function stringValue(node: SyntaxNode | undefined): string | undefined {
  if (node === undefined) return undefined;
  const literal = unwrapped(node);
  if (literal.type === "string") return unescaped(literal.text.slice(1, -1));
  if (literal.type === "template_string" && !literal.children.some(({ type }) => type === "template_substitution"))
    return unescaped(literal.text.slice(1, -1));
  return undefined;
}

function unescaped(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replace(/\\(?:u\{([0-9a-f]+)\}|u([0-9a-f]{4})|x([0-9a-f]{2})|(\r?\n)|(.))/gi, (...groups) => {
    const [, braced, four, two, newline, single] = groups;
    const code = braced ?? four ?? two;
    if (typeof code === "string") {
      const point = Number.parseInt(code, 16);
      return point <= 0x10ffff ? String.fromCodePoint(point) : "";
    }
    if (newline !== undefined) return "";
    return escapes[String(single)] ?? String(single);
  });
}

const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f", v: "\v", 0: "\0" };
