/** The token that a repository is fetched with, out of its block. */
import { readSecret } from "../../journal/secrets/files.ts";
import type { Core } from "../core.ts";

/** Undefined when there is no such block, or it has no token. `block` as "github-repository/name". */
export function codeSecret(
  { disk, home, system }: Pick<Core, "disk" | "home" | "system">,
  block: string,
): string | undefined {
  const value = system.facts.blocks.get(block)?.data["accessToken"];
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return undefined;
  if ("$secret" in value) return readSecret(disk, home, String(value.$secret));
  return "$env" in value ? process.env[String(value.$env)] : undefined;
}
