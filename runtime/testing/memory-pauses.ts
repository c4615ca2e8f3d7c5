import type { Pauses } from "../engine/host.ts";
import { MillraceError } from "../protocol/errors.ts";

/**
 * Answers by pause key: the answers one after another (a refused one is followed by the next), or a function of what
 * was refused before.
 */
export type PauseAnswers = Readonly<Record<string, readonly unknown[] | ((refusals: readonly string[]) => unknown)>>;

export function memoryPauses(answers: PauseAnswers): Pauses {
  const refused = new Map<string, string[]>();
  const given = new Map<string, number>();
  return {
    async wait(key) {
      const source = answers[key];
      const refusals = refused.get(key) ?? [];
      if (typeof source === "function") return await source(refusals);
      const index = given.get(key) ?? 0;
      given.set(key, index + 1);
      if (source !== undefined && index < source.length) return source[index];
      const why = refusals.length === 0 ? "" : `; refused so far: ${refusals.join("; ")}`;
      throw new MillraceError(
        "bad-usage",
        `the run pauses for "${key}" and the test gives no answer: runFlow(…, { answers: { ${JSON.stringify(key)}: [value] } })${why}`,
      );
    },
    refuse(key, message) {
      refused.set(key, [...(refused.get(key) ?? []), message]);
    },
  };
}
