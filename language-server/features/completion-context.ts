/** What is being typed, from the text before the cursor: the quote may still be open, which no parser likes. */
export type Typed =
  | { readonly kind: "duration"; readonly start: number }
  | { readonly kind: "cron"; readonly start: number }
  | { readonly kind: "block"; readonly start: number; readonly variable: string };

const durationField = /\b(?:timeout|ttl|retryDelay)\s*:\s*(?:\[[^\]]*)?["'`]([^"'`]*)$/;
const durationInput = /\b(?:sleep|interval)\s*\(\s*["'`]([^"'`]*)$/;
const cronInput = /\bcron\s*\(\s*["'`]([^"'`]*)$/;
const blockInput = /([A-Za-z_$][\w$]*)\s*\.\s*(?:load|find)\s*\(\s*["'`]([^"'`]*)$/;

/** @param line the text of the line up to the cursor; `start` is where what has been typed of the value begins in it */
export function typedValue(line: string): Typed | undefined {
  // Strings that are closed before do not matter, but their quotes would.
  const block = blockInput.exec(line);
  if (block?.[1] !== undefined)
    return { kind: "block", start: line.length - (block[2] ?? "").length, variable: block[1] };
  for (const [pattern, kind] of [
    [durationField, "duration"],
    [durationInput, "duration"],
    [cronInput, "cron"],
  ] as const) {
    const match = pattern.exec(line);
    if (match !== null) return { kind, start: line.length - (match[1] ?? "").length };
  }
  return undefined;
}
