/** A JSON Schema from what the source says (language server), for the moment until the flow was described. */
import type { ParameterSite } from "../../runtime/protocol/language.ts";
import type { JsonSchema } from "./schema.ts";

export function schemaOfSites(parameters: readonly ParameterSite[]): JsonSchema {
  return {
    type: "object",
    properties: Object.fromEntries(parameters.map((site) => [site.name, { ...typeOf(site.type), ...defaultOf(site) }])),
    required: parameters.filter((site) => site.required).map((site) => site.name),
  };
}

function typeOf(type: string): JsonSchema {
  const choices = /^enum \((.*)\)$/.exec(type)?.[1];
  if (choices !== undefined) return { type: "string", enum: choices.split(", ").filter(Boolean) };
  const item = /^(.+)\[\]$/.exec(type)?.[1];
  if (item !== undefined) return { type: "array", items: typeOf(item) };
  return ["string", "number", "integer", "boolean"].includes(type) ? { type } : {};
}

/** Source text of a default is read where it happens to be JSON, with either kind of quotes. */
function defaultOf({ default: text }: ParameterSite): JsonSchema {
  if (text === null) return {};
  const quoted = /^'([^'\\"]*)'$/.exec(text.trim())?.[1];
  if (quoted !== undefined) return { default: quoted };
  try {
    return { default: JSON.parse(text) as unknown };
  } catch {
    return {};
  }
}
