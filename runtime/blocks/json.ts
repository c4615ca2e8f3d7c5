import { defineBlock } from "./define.ts";

/**
 * Any JSON value, saved once and loaded by name.
 *
 * ```ts
 * const { value } = await Json.load("zones");
 * ```
 */
export class Json extends defineBlock({
  slug: "json",
  title: "JSON",
  description: "Any JSON value that several flows read: a mapping, a list of names, options.",
  category: "General",
  logo: "json",
  schema: (z) =>
    z.object({
      value: z
        .unknown()
        .refine((value) => value !== undefined, { error: "is missing" })
        .describe("Any JSON value."),
    }),
}) {
  get value(): unknown {
    return this.settings.value;
  }
}
