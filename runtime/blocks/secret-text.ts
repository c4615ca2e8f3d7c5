/** A secret as it lives in a process: a value that shows itself only to who asks for it. */
import { inspect } from "node:util";
import { registerClass } from "../journal/classes.ts";
import { hiddenSecret } from "../protocol/blocks.ts";
import { markSecrets, rememberSecret } from "../system/redaction.ts";
import type { Z } from "./define.ts";

/** Known to all copies of Millrace in a process, as `instanceof` is not. */
const brand = Symbol.for("millrace.secret-text");

/**
 * Printed, put into JSON or into a text it is eight asterisks; `get()` gives the value. From the moment that one is made
 * its value is taken out of logs, journals and captured output.
 */
export class SecretText {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
    rememberSecret(value);
    markSecrets(`"class ${className}"`);
  }

  get(): string {
    return this.#value;
  }

  get [brand](): true {
    return true;
  }

  toString(): string {
    return hiddenSecret;
  }

  toJSON(): string {
    return hiddenSecret;
  }

  [inspect.custom](): string {
    return hiddenSecret;
  }
}

export function isSecretText(value: unknown): value is SecretText {
  return typeof value === "object" && value !== null && brand in value;
}

/** A schema for a secret field: takes a text or a SecretText, gives a SecretText. */
export function secret(z: Z) {
  return z
    .custom<string | SecretText>((value) => isSecretText(value) || (typeof value === "string" && value !== ""), {
      error: ({ input }) => (input === "" ? "must not be empty" : "expected a text"),
    })
    .transform((value) => (typeof value === "string" ? new SecretText(value) : value))
    .meta({ type: "string", format: "password", writeOnly: true });
}

// Kept sealed, also where it is too short to be known by its value (journal/value-store.ts).
const className = "SecretText";
registerClass<SecretText>(className, SecretText, {
  write: (text) => text.get(),
  read: (written) => new SecretText(String(written)),
});
