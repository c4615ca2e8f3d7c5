import { oneLine } from "../terminal/width.ts";

/** An error in one line. */
export function errorHeadline(error: { readonly name: string; readonly message: string }): string {
  const message = oneLine(error.message);
  if (message === "") return error.name;
  return error.name === "Error" || error.name === "MillraceError" ? message : `${error.name}: ${message}`;
}
