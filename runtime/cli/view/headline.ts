import type { ErrorRecord } from "../../protocol/errors.ts";
import { oneLine } from "../terminal/width.ts";

/** An error in one line. */
export function errorHeadline(error: Pick<ErrorRecord, "name" | "message" | "cause">): string {
  // "fetch failed" says nothing; its cause does.
  const why = error.cause === undefined || error.message.includes(error.cause.message) ? "" : error.cause.message;
  const message = oneLine(why === "" ? error.message : `${error.message} (${why})`);
  if (message === "") return error.name;
  return error.name === "Error" || error.name === "MillraceError" ? message : `${error.name}: ${message}`;
}
