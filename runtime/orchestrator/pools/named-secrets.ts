/** The secrets that published documents name, for the workers whose runs load them. */
import { readSecret } from "../../journal/secrets/files.ts";
import { secretIdsIn } from "../../protocol/block-data.ts";
import { MillraceError } from "../../protocol/errors.ts";
import type { NamedSecret } from "../../protocol/workers.ts";
import type { Core } from "../core.ts";

/** Those that are not known there. One that cannot be read here is left out: who loads its block is told so. */
export function namedSecrets(
  { disk, home, system, log }: Pick<Core, "disk" | "home" | "system" | "log">,
  known: readonly string[],
): readonly NamedSecret[] {
  const there = new Set(known);
  return [...system.facts.blocks].flatMap(([block, { data }]) =>
    secretIdsIn(data)
      .filter((id) => !there.has(id))
      .flatMap((id) => {
        try {
          return [{ id, value: readSecret(disk, home, id) }];
        } catch (thrown) {
          if (!(thrown instanceof MillraceError)) throw thrown;
          log.error(`the secret of the block ${block}, for a worker`, thrown);
          return [];
        }
      }),
  );
}
