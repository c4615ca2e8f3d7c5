/** Follows what a name stands for from file to file. */
import type { DefinitionFact, FileFacts } from "../analysis/facts.ts";
import {
  blocksModule,
  memberOf,
  millraceModule,
  moduleMember,
  type SchemaFact,
  type Target,
} from "../analysis/targets.ts";

/** The files that are known, as resolving sees them. */
export interface Modules {
  /** What `import … from specifier` in that file loads; undefined for what is not in the workspace. */
  imported(fromUri: string, specifier: string): FileFacts | undefined;
}

export type Resolved =
  | { readonly kind: "api"; readonly name: string }
  | { readonly kind: "block"; readonly name: string }
  | {
      readonly kind: "definition";
      readonly file: FileFacts;
      readonly definition: DefinitionFact;
      readonly index: number;
    }
  | { readonly kind: "factory"; readonly makes: "flow" | "task" }
  | { readonly kind: "schema"; readonly schema: SchemaFact; readonly file: FileFacts }
  | { readonly kind: "class"; readonly name: string; readonly file: FileFacts }
  /** What a package exports that is not in the workspace. */
  | { readonly kind: "package"; readonly specifier: string; readonly name: string };

/** Undefined when it leads in a circle, or to nothing that matters here. */
export function resolve(
  modules: Modules,
  file: FileFacts,
  target: Target,
  seen = new Set<string>(),
): Resolved | undefined {
  switch (target.kind) {
    case "api":
    case "block":
      return target;
    case "definition": {
      const definition = file.definitions[target.index];
      return definition === undefined ? undefined : { kind: "definition", file, definition, index: target.index };
    }
    case "factory": {
      const made = resolve(modules, file, target.makes, seen);
      return made?.kind === "api" && (made.name === "flow" || made.name === "task")
        ? { kind: "factory", makes: made.name }
        : undefined;
    }
    case "schema":
      return { kind: "schema", schema: target.schema, file };
    case "class":
      return { kind: "class", name: target.name, file };
    case "zod":
      return undefined;
    case "module": {
      const { specifier, name } = target;
      const found = resolveExport(modules, file, specifier, name, seen);
      if (found !== undefined || modules.imported(file.uri, specifier) !== undefined) return found;
      return isPackage(specifier) ? { kind: "package", specifier, name } : undefined;
    }
  }
}

/** The name of a package, or a part of it; not a file, and none of Node's or Millrace's own modules. */
function isPackage(specifier: string): boolean {
  return !/^(?:\.{0,2}\/|\.{1,2}$|#|node:)/.test(specifier) && specifier.split("/")[0] !== millraceModule;
}

function resolveExport(
  modules: Modules,
  file: FileFacts,
  specifier: string,
  name: string,
  seen: Set<string>,
): Resolved | undefined {
  if (specifier === millraceModule || specifier === blocksModule) {
    const member = name === "*" ? undefined : moduleMember(specifier, name);
    return member?.kind === "api" || member?.kind === "block" ? member : undefined;
  }
  const module = modules.imported(file.uri, specifier);
  if (module === undefined) return undefined;
  const key = `${module.uri} ${name}`;
  if (seen.has(key)) return undefined;
  seen.add(key);
  const exported = module.exports.get(name);
  if (exported !== undefined) return resolve(modules, module, exported, seen);
  // `ns.name` where `export * as ns from "…"`, or `const { name } = require("…")` of a module.exports.
  const whole = name.includes(".") ? undefined : module.exports.get("default");
  if (name !== "default") {
    for (const star of module.stars) {
      const found = resolveExport(modules, module, star, name, seen);
      if (found !== undefined) return found;
    }
    const member = whole === undefined ? undefined : memberOf(whole, name);
    if (member !== undefined) return resolve(modules, module, member, seen);
  }
  return undefined;
}

/** Whether a definition is a flow or a task; undefined when its callee turns out to be something else. */
export function kindOf(modules: Modules, file: FileFacts, definition: DefinitionFact): "flow" | "task" | undefined {
  const resolved = resolve(modules, file, definition.callee);
  if (resolved?.kind === "factory") return resolved.makes;
  if (resolved?.kind !== "api") return undefined;
  return resolved.name === "flow" || resolved.name === "task" ? resolved.name : undefined;
}
