/** What the index does not keep, because the journal has it: stacks of task errors, very long texts. Pure. */
import type { ErrorRecord } from "../../protocol/errors.ts";

const longestMessage = 2000;

/** An error as lists show it: no stack, no chain of causes. The page of one task run reads them from the journal. */
export function slimError(error: ErrorRecord | undefined): ErrorRecord | undefined {
  if (error === undefined) return undefined;
  return {
    name: error.name,
    message: shorten(error.message),
    ...(error.code === undefined ? {} : { code: error.code }),
    ...(error.location === undefined ? {} : { location: error.location }),
  };
}

export function shorten(text: string): string {
  return text.length <= longestMessage ? text : `${text.slice(0, longestMessage)}…`;
}
