import { defineBlock } from "./define.ts";
import { secret } from "./secret-text.ts";

/**
 * One secret value.
 *
 * ```ts
 * const token = (await Secret.load("crm-token")).get();
 * ```
 */
export class Secret extends defineBlock({
  slug: "secret",
  title: "Secret",
  description: "One secret value: a token, a password, a key. It is kept encrypted and shown to nobody.",
  category: "General",
  logo: "secret",
  schema: (z) => z.object({ value: secret(z).describe("The secret itself.") }),
}) {
  get(): string {
    return this.settings.value.get();
  }
}
