/** The block under its new name in a millrace.json; all else stays as it is written. Pure: texts in, texts out. */
import { getNodeValue, parseTree } from "jsonc-parser";
import { actionBlockTypes, type Renaming, renamedReference } from "./block-uses.ts";
import { child, isObject } from "./declared.ts";
import { type JsonPath, setJson } from "./edit-json.ts";

export interface DeclaredBlockUse {
  /** "deployments[0].infrastructure.block" */
  readonly path: string;
  /** Of the entry: "daily". */
  readonly name: string;
}

/** Where a file names the block by "slug/name". A file that cannot be read names none. */
export function declaredBlockUses(text: string, key: string): readonly DeclaredBlockUse[] {
  return referencesIn(text)
    .filter(({ reference, slug }) => renamedReference(reference, { from: key, to: `${key} ` }, slug) !== reference)
    .map(({ path, name }) => ({ path: pathText(path), name }));
}

export function renameDeclaredBlock(text: string, renaming: Renaming): string {
  return referencesIn(text).reduce((changed, { path, reference, slug }) => {
    const now = renamedReference(reference, renaming, slug);
    return now === reference ? changed : setJson(changed, path, now);
  }, text);
}

interface Reference {
  readonly path: JsonPath;
  readonly name: string;
  readonly reference: string;
  /** What a name alone would mean. */
  readonly slug: string;
}

function referencesIn(text: string): readonly Reference[] {
  const root = parseTree(text, [], { allowTrailingComma: true });
  const list = (key: string): readonly unknown[] => {
    const node = child(root, key);
    const value: unknown = node === undefined ? undefined : getNodeValue(node);
    return Array.isArray(value) ? value : [];
  };
  const deployments = list("deployments").flatMap((entry, index): Reference[] =>
    (
      [
        ["infrastructure", "block", "docker-container"],
        ["code", "credentials", "github-repository"],
      ] as const
    ).flatMap(([holder, field, slug]) => {
      const reference = at(at(entry, holder), field);
      if (typeof reference !== "string") return [];
      return [{ path: ["deployments", index, holder, field], name: nameOf(entry), reference, slug }];
    }),
  );
  const automations = list("automations").flatMap((entry, index): Reference[] => {
    const actions = at(entry, "actions");
    if (!Array.isArray(actions)) return [];
    return actions.flatMap((action: unknown, place): Reference[] => {
      const [type, reference] = [at(action, "type"), at(action, "block")];
      const slug = Object.entries(actionBlockTypes).find(([known]) => known === type)?.[1];
      if (typeof reference !== "string" || slug === undefined) return [];
      return [{ path: ["automations", index, "actions", place, "block"], name: nameOf(entry), reference, slug }];
    });
  });
  return [...deployments, ...automations];
}

const at = (value: unknown, key: string): unknown => (isObject(value) ? Reflect.get(value, key) : undefined);
const nameOf = (entry: unknown): string => String(at(entry, "name") ?? "");

function pathText(path: JsonPath): string {
  return path.map((part, place) => (typeof part === "number" ? `[${part}]` : place === 0 ? part : `.${part}`)).join("");
}
