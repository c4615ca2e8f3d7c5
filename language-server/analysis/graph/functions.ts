/** Which functions of a file call tasks, and so are followed. */
import { descendants, isFunction, type SyntaxNode, unwrapped } from "../../parser/syntax.ts";
import type { WalkerOptions } from "./walker.ts";

export class Functions {
  readonly #options: Pick<WalkerOptions, "scope" | "called" | "task">;
  readonly #local = new Map<string, SyntaxNode>();
  readonly #interesting = new Map<SyntaxNode, boolean>();

  constructor(options: Pick<WalkerOptions, "scope" | "called" | "task">) {
    this.#options = options;
  }

  /** A function that is declared in the flow's body. */
  declare(name: string, fn: SyntaxNode): void {
    this.#local.set(name, fn);
  }

  /** The function that an expression is or names. */
  of(callee: SyntaxNode): SyntaxNode | undefined {
    const plain = unwrapped(callee);
    if (isFunction(plain)) return plain;
    if (plain.type !== "identifier") return undefined;
    const local = this.#local.get(plain.text);
    if (local !== undefined) return local;
    const value = this.#options.scope.value(plain);
    return value !== undefined && isFunction(value) ? value : undefined;
  }

  /** Whether a task or a flow is called in it, also by functions of this file. */
  matter(node: SyntaxNode): boolean {
    const known = this.#interesting.get(node);
    if (known !== undefined) return known;
    // Functions that call each other end here.
    this.#interesting.set(node, false);
    for (const each of descendants(node)) {
      if (each.type === "call_expression" && this.#options.called(each) !== undefined) return this.#is(node);
      if (each.type !== "identifier" || each === node) continue;
      if (each.parent?.type === "arguments" && this.#options.task(each) !== undefined) return this.#is(node);
      const fn = this.of(each);
      if (fn !== undefined && fn !== node && this.matter(fn)) return this.#is(node);
    }
    return false;
  }

  #is(node: SyntaxNode): true {
    this.#interesting.set(node, true);
    return true;
  }
}
