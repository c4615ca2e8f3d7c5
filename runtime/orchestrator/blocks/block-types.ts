/** The block types of a home: those that come with the programs, and those that somebody has registered. */
import { readFileSync } from "node:fs";
import path from "node:path";
import type { BlockType } from "../../protocol/blocks.ts";
import { MillraceError, toError } from "../../protocol/errors.ts";
import { didYouMean } from "../../protocol/near-names.ts";
import type { SystemFacts } from "../system/records.ts";

export interface BlockTypes {
  all(): readonly BlockType[];
  find(slug: string): BlockType | undefined;
  /** @throws MillraceError "not-found" with near names. */
  get(slug: string): BlockType;
  isBuiltIn(slug: string): boolean;
  /** The folder from which the type's module is found. */
  cwdOf(slug: string): string | undefined;
}

/** `dist` holds block-types.json, which the build makes of the classes themselves. */
export function createBlockTypes(dist: string, facts: SystemFacts): BlockTypes {
  let builtIn: ReadonlyMap<string, BlockType> | undefined;
  const own = (): ReadonlyMap<string, BlockType> => {
    builtIn ??= new Map(readBuiltIn(dist).map((type) => [type.slug, type]));
    return builtIn;
  };
  const find = (slug: string) => own().get(slug) ?? facts.blockTypes.get(slug)?.type;
  const all = () => {
    const registered = [...facts.blockTypes.values()].map(({ type }) => type).filter(({ slug }) => !own().has(slug));
    return [...own().values(), ...registered].sort((left, right) => left.name.localeCompare(right.name, "en"));
  };
  return {
    all,
    find,
    get(slug) {
      const found = find(slug);
      if (found !== undefined) return found;
      const near = didYouMean(
        slug,
        all().map((type) => type.slug),
      );
      const message = `There is no block type "${slug}" in this home.${near} A type of your own is registered with: millrace blocks register FILE|PACKAGE`;
      throw new MillraceError("not-found", message, { fields: [{ path: "slug", message: `unknown type ${slug}` }] });
    },
    isBuiltIn: (slug) => own().has(slug),
    cwdOf: (slug) => facts.blockTypes.get(slug)?.cwd,
  };
}

function readBuiltIn(dist: string): readonly BlockType[] {
  const file = path.join(dist, "block-types.json");
  try {
    const types: readonly BlockType[] = JSON.parse(readFileSync(file, "utf8"));
    return types;
  } catch (cause) {
    throw new MillraceError(
      "internal",
      `${file}: the built-in block types cannot be read (${toError(cause).message})`,
      {
        cause,
      },
    );
  }
}
