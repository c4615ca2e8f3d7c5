/** Which call in the text a recorded call is. Pure. */
import type { LastTaskCall } from "../../runtime/protocol/editor-api.ts";
import type { CallSite } from "../../runtime/protocol/language.ts";

/**
 * @param line the recorded call's line in the text as it is now, from 0
 * @param nth its place among the recorded calls of that name on its line
 */
export function matchCall(
  sites: readonly CallSite[],
  call: Pick<LastTaskCall, "name">,
  line: number,
  nth: number,
): CallSite | undefined {
  const named = sites
    .filter((site) => site.name === call.name && site.range.start.line <= line && line <= site.range.end.line)
    .sort((left, right) => left.range.start.character - right.range.start.character);
  // A call that begins on the line is meant before one that only reaches over it.
  const beginning = named.filter((site) => site.range.start.line === line);
  return (beginning.length > 0 ? beginning : named)[nth];
}

/** The recorded calls with their place among those of the same name and line. */
export function numbered<Call extends Pick<LastTaskCall, "name" | "line" | "column">>(
  calls: readonly Call[],
): readonly { readonly call: Call; readonly nth: number }[] {
  const counts = new Map<string, number>();
  return [...calls]
    .sort((left, right) => left.line - right.line || left.column - right.column)
    .map((call) => {
      const key = `${call.line} ${call.name}`;
      const nth = counts.get(key) ?? 0;
      counts.set(key, nth + 1);
      return { call, nth };
    });
}
