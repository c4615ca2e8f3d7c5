/** What slots are asked with: by runs of this home, by workers, and by runs of a worker's own home. */
import { flag, integer, list, object, optional, text } from "./validate.ts";

/** Milliseconds that one question may wait. */
export const longestWait = 60_000;

export const slotFields = {
  names: list(text),
  run_id: text,
  holder: text,
  wait_ms: optional(integer(0, longestWait)),
  reassert: optional(flag),
} as const;

export const slotBody = object(slotFields);
