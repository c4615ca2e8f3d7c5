import { cronProblem } from "./cron.ts";
import { cronPhrase } from "./cron-phrase.ts";

/** A cron text in words ("at 05:00 on day 1 of the month"); undefined when it is none, or too involved for a short sentence. */
export function describeCron(text: string): string | undefined {
  return cronProblem(text) === undefined ? cronPhrase(text) : undefined;
}
