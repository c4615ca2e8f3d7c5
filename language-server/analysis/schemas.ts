/** Reads zod schemas from their text: enough for a hover card and a first form; describing the module corrects it. */
import { type SyntaxNode, stringValue, unwrapped } from "../parser/syntax.ts";
import { inputs } from "./definitions.ts";
import { memberName, type Scope } from "./scope.ts";
import type { SchemaFact, Target } from "./targets.ts";

type Field = SchemaFact & { readonly name: string };

const empty: SchemaFact = {
  type: "",
  required: true,
  default: null,
  description: null,
  base: null,
  suffix: "",
  fields: null,
};

/** Undefined when the expression is no zod schema. */
export function readSchema(expression: SyntaxNode, scope: Scope, depth = 0): SchemaFact | undefined {
  if (depth > 8) return undefined;
  const node = unwrapped(expression);
  if (node.type !== "call_expression") return readNamed(node, scope, depth);
  const callee = node.child("function");
  const object = callee?.type === "member_expression" ? callee.child("object") : undefined;
  const method = callee?.type === "member_expression" ? callee.child("property")?.text : undefined;
  if (object === undefined || method === undefined) return undefined;
  if (isZod(object, scope)) return readBase(method, node, scope, depth);
  const inner = readSchema(object, scope, depth + 1);
  return inner === undefined ? undefined : applied(inner, method, node, scope, depth);
}

/** `z`, `z.coerce`, `z.iso` */
function isZod(node: SyntaxNode, scope: Scope): boolean {
  const plain = unwrapped(node);
  if (plain.type === "member_expression" && ["coerce", "iso"].includes(plain.child("property")?.text ?? "")) {
    const object = plain.child("object");
    return object !== undefined && scope.target(object)?.kind === "zod";
  }
  return scope.target(plain)?.kind === "zod";
}

function readNamed(node: SyntaxNode, scope: Scope, depth: number): SchemaFact | undefined {
  const target = scope.target(node);
  if (target?.kind === "module") return { ...empty, type: node.text, base: target };
  const value = scope.value(node);
  return value === undefined || value === node ? undefined : readSchema(value, scope, depth + 1);
}

function readBase(name: string, call: SyntaxNode, scope: Scope, depth: number): SchemaFact {
  const [first, second] = inputs(call);
  const inner = (node: SyntaxNode | undefined) => (node === undefined ? undefined : readSchema(node, scope, depth + 1));
  switch (name) {
    case "object":
    case "strictObject":
    case "looseObject":
      return { ...empty, type: "object", fields: readFields(first, scope, depth) };
    case "enum":
    case "literal":
      return { ...empty, type: choices(first, scope) ?? shortText(call) };
    case "array":
      return listOf(inner(first), first);
    case "set":
      return { ...empty, type: `set of ${typeText(inner(first), first)}` };
    case "record":
      return { ...empty, type: `record of ${typeText(inner(second ?? first), second ?? first)}` };
    case "optional":
      return { ...(inner(first) ?? unknown(call)), required: false };
    case "nullable":
      return nullable(inner(first) ?? unknown(call));
    case "nullish":
      return { ...nullable(inner(first) ?? unknown(call)), required: false };
    case "union":
    case "discriminatedUnion": {
      const options = [first, second].map((node) => (node === undefined ? undefined : unwrapped(node)));
      const list = options.find((node) => node?.type === "array")?.children ?? [];
      if (list.length === 0) return unknown(call);
      return { ...empty, type: [...new Set(list.map((node) => typeText(inner(node), node)))].join(" | ") };
    }
    case "preprocess":
      return inner(second) ?? unknown(call);
    case "any":
    case "unknown":
    case "undefined":
      return { ...empty, type: name, required: false };
    default: {
      const type = plainTypes[name];
      return type === undefined ? unknown(call) : { ...empty, type };
    }
  }
}

const plainTypes: Readonly<Record<string, string>> = {
  string: "string",
  number: "number",
  int: "integer",
  int32: "integer",
  uint32: "integer",
  float32: "number",
  float64: "number",
  bigint: "bigint",
  int64: "bigint",
  uint64: "bigint",
  boolean: "boolean",
  stringbool: "boolean",
  date: "date",
  datetime: "date-time",
  time: "time",
  duration: "duration",
  url: "URL",
  httpUrl: "URL",
  email: "e-mail",
  uuid: "UUID",
  guid: "UUID",
  null: "null",
  json: "JSON",
  file: "file",
};

function applied(inner: SchemaFact, method: string, call: SyntaxNode, scope: Scope, depth: number): SchemaFact {
  const [first] = inputs(call);
  switch (method) {
    case "default":
    case "prefault":
    case "catch":
      return { ...inner, required: false, default: method === "catch" ? inner.default : shortText(first) };
    case "optional":
      return { ...inner, required: false };
    case "nullable":
      return nullable(inner);
    case "nullish":
      return { ...nullable(inner), required: false };
    case "array":
      return { ...inner, required: true, default: null, suffix: `${inner.suffix}[]`, fields: null };
    case "int":
      return inner.type === "number" ? { ...inner, type: "integer" } : inner;
    case "describe":
      return { ...inner, description: stringValue(first) ?? inner.description };
    case "meta": {
      const description = first?.children.find((member) => memberName(member) === "description")?.child("value");
      return { ...inner, description: stringValue(description) ?? inner.description };
    }
    case "extend":
    case "safeExtend": {
      const more = readFields(first, scope, depth);
      if (inner.fields === null || more === null) return { ...inner, fields: null };
      const names = new Set(more.map(({ name }) => name));
      return { ...inner, fields: [...inner.fields.filter(({ name }) => !names.has(name)), ...more] };
    }
    case "partial":
      if (first !== undefined) return { ...inner, fields: null };
      return { ...inner, fields: inner.fields?.map((field) => ({ ...field, required: false })) ?? null };
    case "pick":
    case "omit":
    case "merge":
    case "required":
    case "keyof":
    case "pipe":
    case "and":
    case "or":
      return { ...inner, fields: null };
    default:
      return inner;
  }
}

/** Null when something in it cannot be read, a spread for example. */
function readFields(node: SyntaxNode | undefined, scope: Scope, depth: number): Field[] | null {
  const object = node === undefined ? undefined : scope.value(node);
  if (object?.type !== "object") return null;
  const fields: Field[] = [];
  for (const member of object.children) {
    if (member.type === "comment") continue;
    const name = memberName(member);
    if (name === undefined) return null;
    const value = member.type === "pair" ? member.child("value") : member;
    if (value === undefined) return null;
    const schema =
      value.type === "shorthand_property_identifier"
        ? scopeSchema(value, scope, depth)
        : readSchema(value, scope, depth + 1);
    fields.push({ ...(schema ?? unknown(value)), name });
  }
  return fields;
}

function scopeSchema(name: SyntaxNode, scope: Scope, depth: number): SchemaFact | undefined {
  const target: Target | undefined = scope.named(name.text);
  if (target?.kind === "module") return { ...empty, type: name.text, base: target };
  const value = scope.bound(name.text);
  return value === undefined ? undefined : readSchema(value, scope, depth + 1);
}

function choices(node: SyntaxNode | undefined, scope: Scope): string | undefined {
  const list = node === undefined ? undefined : scope.value(node);
  const items = list?.type === "array" ? list.children : list === undefined ? [] : [list];
  const texts = items.filter(({ type }) => type !== "comment").map((item) => stringValue(item) ?? item.text);
  if (texts.length === 0 || list?.type === "object") return undefined;
  if (list?.type !== "array") return list?.text;
  return `enum (${texts.join(", ")})`;
}

function listOf(item: SchemaFact | undefined, node: SyntaxNode | undefined): SchemaFact {
  if (item?.base != null) return { ...item, required: true, default: null, suffix: `${item.suffix}[]`, fields: null };
  const type = typeText(item, node);
  return { ...empty, type: /^[\w-]+(?:\[\])*$/.test(type) ? `${type}[]` : `list of ${type}` };
}

function nullable(schema: SchemaFact): SchemaFact {
  return { ...schema, suffix: `${schema.suffix} | null` };
}

function unknown(node: SyntaxNode): SchemaFact {
  return { ...empty, type: shortText(node) };
}

function typeText(schema: SchemaFact | undefined, node: SyntaxNode | undefined): string {
  return schema === undefined ? shortText(node) : schema.type + schema.suffix;
}

function shortText(node: SyntaxNode | undefined): string {
  const text = (node?.text ?? "").replace(/\s+/g, " ");
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
