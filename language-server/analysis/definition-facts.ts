import { type SyntaxNode, stringValue } from "../parser/syntax.ts";
import { type Definition, declarationOf, selectionOf, textOption, textsOption, variableOf } from "./definitions.ts";
import type { DefinitionFact } from "./facts.ts";
import type { FileSyntax } from "./read-file.ts";
import { readSchema } from "./schemas.ts";
import { property } from "./scope.ts";
import { tornName } from "./torn.ts";

export function definitionFact(definition: Definition, exports: readonly string[], syntax: FileSyntax): DefinitionFact {
  const { call, callee, options, body, inFunction } = definition;
  const { text, base, damaged } = call.statement;
  const { scope, range } = syntax;
  const variable = variableOf(definition)?.text ?? null;
  const name = property(options ?? undefined, "name");
  const declaration = declarationOf(definition);
  return {
    callee,
    name: textOption(options, "name", scope) ?? (damaged ? tornName(text.slice(call.start - base)) : null),
    variable,
    // The runner lists a flow under its own name, and as "default" only when it has no other.
    exports: [...exports].sort((a, b) => rank(a, variable) - rank(b, variable)),
    range: range(declaration),
    selection: range(selectionOf(definition)),
    body: body === null ? null : range(body),
    ...parametersOf(options, syntax),
    description: textOption(options, "description", scope),
    tags: textsOption(options, "tags"),
    inFunction,
    exportAt: canBeExported(definition, declaration, syntax) && exports.length === 0 ? range(declaration).start : null,
    nameRange:
      name !== undefined && stringValue(name) !== undefined
        ? range({ start: name.start + 1, end: name.end - 1 })
        : null,
  };
}

function rank(name: string, variable: string | null): number {
  if (name === variable) return 0;
  return name === "default" ? 2 : 1;
}

function parametersOf(
  options: SyntaxNode | null,
  { scope }: FileSyntax,
): Pick<DefinitionFact, "parameters" | "parametersFrom"> {
  if (options === null) return { parameters: null, parametersFrom: null };
  const value = property(options, "parameters");
  // A spread may bring them.
  if (value === undefined) {
    const complete = options.children.every(({ type }) => type !== "spread_element");
    return { parameters: complete ? [] : null, parametersFrom: null };
  }
  const named = value.type === "shorthand_property_identifier" ? scope.bound(value.text) : value;
  const schema = named === undefined ? undefined : readSchema(named, scope);
  if (schema === undefined) {
    const target = value.type === "shorthand_property_identifier" ? scope.named(value.text) : undefined;
    return { parameters: null, parametersFrom: target ?? null };
  }
  return { parameters: schema.fields, parametersFrom: schema.fields === null ? schema.base : null };
}

/** `const name = flow({…})` at the margin whose name stands nowhere else in the file. */
function canBeExported(definition: Definition, declaration: SyntaxNode, syntax: FileSyntax): boolean {
  const variable = variableOf(definition);
  if (variable === undefined || definition.inFunction || declaration.statement.damaged) return false;
  if (declaration.type !== "lexical_declaration" && declaration.type !== "variable_declaration") return false;
  if (!syntax.top.includes(declaration)) return false;
  const word = new RegExp(`(?<![\\w$])${variable.text.replaceAll("$", "\\$")}(?![\\w$])`, "g");
  let mentions = 0;
  for (const node of syntax.top) mentions += node.text.match(word)?.length ?? 0;
  // Its own name in its own options (`name: "etl"`) is no use of it.
  const own = declaration.text.match(word)?.length ?? 0;
  return mentions === own;
}
