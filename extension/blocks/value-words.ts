import { hiddenSecret } from "../../runtime/protocol/blocks.ts";

const longest = 60;

/** A value of a block in one line; what it refers to, where it refers. */
export function valueWords(value: unknown): string {
  if (value === hiddenSecret) return hiddenSecret;
  if (typeof value === "object" && value !== null) {
    if ("$env" in value) return `environment variable ${String(value.$env)}`;
    if ("$block" in value) return `block ${String(value.$block)}`;
  }
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}
