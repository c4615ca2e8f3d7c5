/** Follows values through the body of a flow: statements in their order, expressions from the inside out. */
import { descendants, isFunction, type SyntaxNode, unwrapped } from "../../parser/syntax.ts";
import { inputs } from "../definitions.ts";
import type { Scope } from "../scope.ts";
import { type Arm, ifArms, listOfAll, loopLabel, namesIn, rootName, switchArms } from "./control.ts";
import { Functions } from "./functions.ts";
import { named, nothing, type Sketch, type Sources, shortText, union } from "./sketch.ts";

export interface Called {
  readonly kind: "task" | "subflow";
  readonly label: string;
  readonly mapped: boolean;
}

export interface WalkerOptions {
  readonly sketch: Sketch;
  readonly scope: Scope;
  /** What a call runs, when it is a task or a flow. */
  readonly called: (call: SyntaxNode) => Called | undefined;
  /** What an expression names, when that is a task or a flow. */
  readonly task: (expression: SyntaxNode) => Called | undefined;
  readonly line: (node: SyntaxNode) => number;
}

/** Deeper calls of functions by functions are not followed. */
const deepest = 6;

export class Walker {
  readonly #options: WalkerOptions;
  readonly #sketch: Sketch;
  #values = new Map<string, Sources>();
  readonly #functions: Functions;
  readonly #running: SyntaxNode[] = [];

  constructor(options: WalkerOptions) {
    this.#options = options;
    this.#sketch = options.sketch;
    this.#functions = new Functions(options);
  }

  /** @returns what the function returns */
  run(fn: SyntaxNode, inputSources: readonly Sources[]): Sources {
    if (this.#running.includes(fn) || this.#running.length >= deepest) return nothing;
    this.#running.push(fn);
    const outer = this.#values;
    this.#values = new Map(outer);
    const single = fn.child("parameter");
    const parameters = single === undefined ? (fn.child("parameters")?.children ?? []) : [single];
    for (const [index, parameter] of parameters.filter(({ type }) => type !== "comment").entries()) {
      this.#assign(parameter, inputSources[index] ?? nothing);
    }
    const body = fn.child("body");
    const returned: Sources[] = [];
    if (body?.type === "statement_block") this.#block(body, returned);
    else if (body !== undefined) returned.push(this.#evaluate(body));
    // What was put into a variable of the outside is there afterwards.
    const inner = this.#values;
    this.#values = outer;
    for (const name of outer.keys()) outer.set(name, union(outer.get(name) ?? nothing, inner.get(name) ?? nothing));
    this.#running.pop();
    return union(...returned);
  }

  #block(block: SyntaxNode, returned: Sources[]): void {
    for (const child of block.children) {
      const name = child.type === "function_declaration" ? child.child("name")?.text : undefined;
      if (name !== undefined) this.#functions.declare(name, child);
    }
    for (const child of block.children) this.#statement(child, returned);
  }

  #statement(node: SyntaxNode, returned: Sources[]): void {
    switch (node.type) {
      case "comment":
      case "function_declaration":
      case "class_declaration":
      case "interface_declaration":
      case "type_alias_declaration":
        return;
      case "return_statement":
        returned.push(union(...node.children.map((child) => this.#evaluate(child))));
        return;
      case "lexical_declaration":
      case "variable_declaration":
        for (const declarator of node.children) this.#declare(declarator);
        return;
      case "statement_block":
        this.#block(node, returned);
        return;
      case "if_statement":
        this.#branches(ifArms(node), node, returned);
        return;
      case "switch_statement":
        this.#branches(switchArms(node), node, returned);
        return;
      case "for_statement":
      case "for_in_statement":
      case "while_statement":
      case "do_statement":
        this.#loop(node, returned);
        return;
      default:
        if (/_statement$|_clause$|^else|^finally/.test(node.type) && node.type !== "expression_statement") {
          for (const child of node.children) this.#statement(child, returned);
        } else this.#evaluate(node);
    }
  }

  #declare(declarator: SyntaxNode): void {
    const pattern = declarator.child("name");
    const value = declarator.child("value");
    if (pattern === undefined) return;
    if (value === undefined) {
      this.#assign(pattern, nothing);
      return;
    }
    const plain = unwrapped(value);
    if (isFunction(plain)) {
      this.#functions.declare(pattern.text, plain);
      return;
    }
    const items = pattern.type === "array_pattern" ? listOfAll(plain) : undefined;
    if (items !== undefined) {
      const each = items.map((item) => this.#evaluate(item));
      this.#sketch.waitFor(each.flatMap((sources) => [...sources.keys()]));
      const places = pattern.children.filter(({ type }) => type !== "comment");
      for (const [index, place] of places.entries()) this.#assign(place, each[index] ?? nothing);
    } else this.#assign(pattern, this.#evaluate(value));
  }

  /** Binds all names of a pattern to the sources. */
  #assign(pattern: SyntaxNode, sources: Sources): void {
    for (const name of namesIn(pattern)) this.#values.set(name, sources);
  }

  #branches(arms: readonly Arm[], node: SyntaxNode, returned: Sources[]): void {
    const before = this.#values;
    const after: Map<string, Sources>[] = [];
    const conditions = new Map<SyntaxNode, Sources>();
    for (const { condition } of arms)
      if (condition !== undefined && !conditions.has(condition)) conditions.set(condition, this.#evaluate(condition));
    this.#sketch.alternatives(
      arms.map((arm) => () => {
        this.#values = new Map(before);
        const read = () => {
          for (const child of arm.body) this.#statement(child, returned);
        };
        const [first] = arm.body;
        if (first !== undefined && arm.body.some((child) => this.#functions.matter(child))) {
          const sources = arm.condition === undefined ? nothing : (conditions.get(arm.condition) ?? nothing);
          this.#sketch.within(this.#sketch.add("branch", arm.label, first, sources), read);
        } else read();
        after.push(this.#values);
      }),
    );
    this.#values = new Map(before);
    for (const name of before.keys())
      this.#values.set(name, union(before.get(name) ?? nothing, ...after.map((values) => values.get(name) ?? nothing)));
    if (arms.length === 0) for (const child of node.children) this.#statement(child, returned);
  }

  #loop(node: SyntaxNode, returned: Sources[]): void {
    const body = node.child("body");
    const header = node.children.filter((child) => child !== body && child.type !== "comment");
    const [left, right] = [node.child("left"), node.child("right")];
    const read = (over: Sources) => {
      if (left !== undefined) this.#assign(left, over);
      if (body !== undefined) this.#statement(body, returned);
    };
    if (body === undefined || !this.#functions.matter(node)) {
      for (const child of header) if (child !== left) this.#statement(child, returned);
      read(right === undefined ? nothing : this.#evaluate(right));
      return;
    }
    const sources = union(
      ...header
        .filter((child) => child !== left)
        .map((child) => {
          if (child.type === "lexical_declaration") this.#statement(child, returned);
          return child.type === "lexical_declaration" ? nothing : this.#evaluate(child);
        }),
    );
    const id = this.#sketch.add("loop", loopLabel(node), node, sources);
    this.#sketch.within(id, () => read(new Map([[id, null]])));
  }

  #evaluate(expression: SyntaxNode): Sources {
    const node = unwrapped(expression);
    switch (node.type) {
      case "identifier":
      case "shorthand_property_identifier":
        return named(this.#values.get(node.text) ?? nothing, node.text);
      case "member_expression": {
        const object = node.child("object");
        const sources = object === undefined ? nothing : this.#evaluate(object);
        const isChain = /^[\w$?.]+$/.test(node.text) && node.text.length <= 30;
        return isChain ? named(sources, node.text) : sources;
      }
      case "await_expression": {
        const sources = union(...node.children.map((child) => this.#evaluate(child)));
        this.#sketch.waitFor(sources.keys());
        return sources;
      }
      case "call_expression":
        return this.#call(node);
      case "ternary_expression": {
        const condition = node.child("condition");
        const arms = ["consequence", "alternative"].flatMap((field) => node.child(field) ?? []);
        return this.#choice(arms, condition, (arm) =>
          shortText(arm.field === "consequence" ? `if ${condition?.text ?? ""}` : "else"),
        );
      }
      case "binary_expression": {
        const [left, right] = [node.child("left"), node.child("right")];
        if (left === undefined || right === undefined || !this.#functions.matter(right)) break;
        const operator = node.text.slice(left.end - node.start, right.start - node.start).trim();
        if (!["&&", "||", "??"].includes(operator)) break;
        const word = operator === "&&" ? "if" : "unless";
        return this.#choice([right], left, () => shortText(`${word} ${left.text}`));
      }
      case "assignment_expression":
      case "augmented_assignment_expression":
        return this.#assignment(node);
      case "arrow_function":
      case "function_expression":
      case "type_annotation":
      case "type_arguments":
      case "method_definition":
      case "string":
      case "comment":
        return nothing;
      case "pair": {
        const value = node.child("value");
        return value === undefined ? nothing : this.#evaluate(value);
      }
    }
    return union(...node.children.map((child) => this.#evaluate(child)));
  }

  #choice(arms: readonly SyntaxNode[], condition: SyntaxNode | undefined, label: (arm: SyntaxNode) => string): Sources {
    const sources = condition === undefined ? nothing : this.#evaluate(condition);
    const results: Sources[] = [];
    this.#sketch.alternatives(
      arms.map((arm) => () => {
        const read = () => void results.push(this.#evaluate(arm));
        if (this.#functions.matter(arm))
          this.#sketch.within(this.#sketch.add("branch", label(arm), arm, sources), read);
        else read();
      }),
    );
    return union(sources, ...results);
  }

  #assignment(node: SyntaxNode): Sources {
    const [left, right] = [node.child("left"), node.child("right")];
    const sources = right === undefined ? nothing : this.#evaluate(right);
    if (left === undefined) return sources;
    if (left.type === "identifier" && node.type === "assignment_expression") this.#values.set(left.text, sources);
    else if (left.type.endsWith("_pattern")) this.#assign(left, sources);
    else this.#addTo(left, sources);
    return sources;
  }

  /** A value was put into a variable that keeps what it had. */
  #addTo(place: SyntaxNode, sources: Sources): void {
    const name = rootName(place);
    if (name !== undefined && sources.size > 0)
      this.#values.set(name, union(this.#values.get(name) ?? nothing, sources));
  }

  #call(call: SyntaxNode): Sources {
    const { sketch } = this.#options;
    const called = this.#options.called(call);
    if (called !== undefined) {
      const sources = union(...inputs(call).map((input) => this.#evaluate(input)));
      if (sketch.isFull) return nothing;
      return new Map([[sketch.add(called.kind, called.label, call, sources, called.mapped), null]]);
    }
    const callee = call.child("function");
    if (callee === undefined) return nothing;
    const fn = this.#functions.of(callee);
    if (fn !== undefined) {
      const given = inputs(call).map((input) => this.#evaluate(input));
      return this.#functions.matter(fn) ? this.run(fn, given) : union(...given);
    }
    return this.#unknownCall(call, unwrapped(callee));
  }

  /** A call of something that is no task: what goes in may come out, and functions given to it may be called. */
  #unknownCall(call: SyntaxNode, callee: SyntaxNode): Sources {
    const object = callee.child("object");
    const over = object === undefined ? nothing : this.#evaluate(object);
    if (callee.type === "subscript_expression") this.#noteIndexed(callee);
    const values: Sources[] = [];
    const functions: SyntaxNode[] = [];
    for (const input of inputs(call)) {
      const plain = unwrapped(input);
      const fn = isFunction(plain) ? plain : this.#functions.of(plain);
      const task = this.#options.task(plain);
      if (fn !== undefined && this.#functions.matter(fn)) functions.push(fn);
      else if (task !== undefined && callee.type === "member_expression" && !this.#sketch.isFull)
        values.push(new Map([[this.#sketch.add(task.kind, task.label, input, over, true), null]]));
      else values.push(this.#evaluate(input));
    }
    const given = union(...values);
    if (object !== undefined && given.size > 0) this.#addTo(object, given);
    const method = callee.type === "member_expression" ? (callee.child("property")?.text ?? "") : "";
    const results = functions.map((fn) => {
      if (!iterating.has(method)) return this.run(fn, [union(over, given)]);
      const text = `${shortText(object?.text ?? "", 30)}.${method}(…)`;
      const id = this.#sketch.add("loop", text, call, over);
      let result = nothing;
      this.#sketch.within(id, () => {
        const item: Sources = new Map([[id, null]]);
        result = this.run(fn, method.startsWith("reduce") ? [given, item] : [item]);
      });
      return result;
    });
    return union(over, given, ...results);
  }

  #noteIndexed(callee: SyntaxNode): void {
    const object = callee.child("object");
    const list = object === undefined ? undefined : this.#options.scope.value(object);
    if (list === undefined || ![...descendants(list)].some((node) => this.#options.task(node) !== undefined)) return;
    const line = this.#options.line(callee);
    this.#sketch.notes.push(
      `Line ${line}: which task of ${shortText(object?.text ?? "", 30)} is called is known only when it runs.`,
    );
  }
}

const iterating = new Set(["map", "forEach", "flatMap", "filter", "reduce", "reduceRight", "some", "every", "find"]);
