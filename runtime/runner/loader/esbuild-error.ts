import type { Message } from "esbuild";
import { LoadError, lineOf } from "./load-error.ts";

/** What esbuild throws about a source, as a LoadError. */
export function esbuildError(thrown: unknown, source: string, file: string): unknown {
  const first = messagesOf(thrown)[0];
  if (first === undefined) return thrown;
  const { location } = first;
  const line = location?.line ?? 1;
  const lineText = location?.lineText ?? lineOf(source, line);
  // esbuild counts columns from 0 and in bytes.
  const column =
    Buffer.from(lineText)
      .subarray(0, location?.column ?? 0)
      .toString().length + 1;
  const notes = first.notes.map((note) => `\n  ${note.text}`).join("");
  return new LoadError({ file, line, column }, `${first.text}${notes}`, lineText);
}

/** Whether it says something about the source, rather than that esbuild itself could not run. */
export function isAboutSource(thrown: unknown): boolean {
  return messagesOf(thrown).length > 0;
}

function messagesOf(thrown: unknown): readonly Message[] {
  return thrown instanceof Error && "errors" in thrown && Array.isArray(thrown.errors) ? thrown.errors : [];
}
