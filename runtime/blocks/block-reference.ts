import type { Z } from "./define.ts";

/** A schema for a field that holds another block: takes an instance of the class. A document has its slug and name. */
export function blockReference<T extends object>(
  z: Z,
  block: (abstract new (...args: never) => T) & { readonly slug: string },
) {
  const { slug } = block;
  return z
    .custom<T>((value) => slugOf(value) === slug, {
      error: ({ input }) => `expected ${block.name}${slugOf(input) === undefined ? "" : `, not a ${slugOf(input)}`}`,
    })
    .meta({ type: "object", block_type_slug: slug });
}

/** Known by the slug of its class: the same class may come from two copies of a module. */
export function slugOf(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const slug: unknown = Reflect.get(value.constructor, "slug");
  return typeof slug === "string" && "blockDefinition" in value.constructor ? slug : undefined;
}
