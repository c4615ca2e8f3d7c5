import { type CompletionItem, CompletionItemKind, type Range } from "vscode-languageserver/node";
import { describeCron } from "../../runtime/protocol/cron-words.ts";
import { formatDuration, tryParseDuration } from "../../runtime/protocol/durations.ts";
import type { KnownFacts } from "../../runtime/protocol/language.ts";
import { blocksOfType } from "./blocks.ts";

const durations = ["500ms", "1s", "5s", "10s", "30s", "1m", "2m", "5m", "10m", "30m", "1h", "6h", "12h", "1d", "7d"];

/** @param typed what stands there already; a number brings its units */
export function durationItems(typed: string, range: Range): CompletionItem[] {
  const amount = /^\s*(\d+(?:\.\d+)?)/.exec(typed)?.[1];
  const texts = amount === undefined ? durations : ["ms", "s", "m", "h", "d"].map((unit) => amount + unit);
  return texts.map((text, index) => ({
    label: text,
    kind: CompletionItemKind.Value,
    detail: inWords(text),
    sortText: String(index).padStart(2, "0"),
    // The editor shows only what begins like the text that stands there: "10 seconds" is to become "10s".
    filterText: text.startsWith(typed) ? text : typed,
    textEdit: { range, newText: text },
  }));
}

const unitWords: readonly [string, string][] = [
  ["ms", "millisecond"],
  ["s", "second"],
  ["m", "minute"],
  ["h", "hour"],
  ["d", "day"],
];

function inWords(text: string): string {
  const [, amount = "", unit = ""] = /^([\d.]+)([a-z]+)$/.exec(text) ?? [];
  const word = unitWords.find(([sign]) => sign === unit)?.[1];
  if (word === undefined) return formatDuration(tryParseDuration(text) ?? 0);
  return `${amount} ${word}${amount === "1" ? "" : "s"}`;
}

const crons = [
  "0 5 * * *",
  "0 5 1 * *",
  "0 8 * * 1-5",
  "0 9 * * 1",
  "0 * * * *",
  "*/15 * * * *",
  "*/5 * * * *",
  "0 */6 * * *",
  "0 0 1 1 *",
  "@hourly",
  "@daily",
  "@weekly",
  "@monthly",
];

export function cronItems(range: Range): CompletionItem[] {
  return crons.map((text, index) => ({
    label: text,
    kind: CompletionItemKind.Value,
    detail: describeCron(text) ?? "",
    sortText: String(index).padStart(2, "0"),
    // Searching for words finds it too: "monday".
    filterText: `${text} ${describeCron(text) ?? ""}`,
    textEdit: { range, newText: text },
  }));
}

export function blockItems(facts: KnownFacts, slug: string, range: Range): CompletionItem[] {
  const known = blocksOfType(facts, slug);
  return known.map(({ name, type, description }) => ({
    label: name,
    kind: CompletionItemKind.Reference,
    detail: type,
    ...(description === null ? {} : { documentation: description }),
    textEdit: { range, newText: name },
  }));
}

export function timezoneItems(range: Range): CompletionItem[] {
  return ["UTC", ...Intl.supportedValuesOf("timeZone")].map((name) => ({
    label: name,
    kind: CompletionItemKind.Value,
    textEdit: { range, newText: name },
  }));
}
