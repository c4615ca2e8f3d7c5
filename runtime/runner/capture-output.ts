import process from "node:process";
import type { SdkRuntime } from "../protocol/sdk-runtime.ts";

type Write = typeof process.stdout.write;

/**
 * What user code writes to the process's streams itself goes to the run's log too. (console is the engine's: it knows
 * levels.) It still reaches the terminal or file, unless somebody shows the log lines there as they come: then it would
 * stand there twice, and in the middle of a live tree or of JSON. Returns a function that undoes it.
 */
export function captureOutput(runtime: Pick<SdkRuntime, "captureOutput">, shownAsLog: boolean): () => void {
  const capture = runtime.captureOutput?.bind(runtime);
  if (capture === undefined) return () => undefined;
  const undo = (["stdout", "stderr"] as const).map((name) => {
    const stream = process[name];
    const original: Write = stream.write;
    const captured = (chunk: Uint8Array | string, ...rest: unknown[]): boolean => {
      if (!capture(name, chunk) || !shownAsLog) return Reflect.apply(original, stream, [chunk, ...rest]);
      const written = rest.at(-1);
      if (typeof written === "function") process.nextTick(written);
      return true;
    };
    stream.write = captured;
    return () => {
      // Whoever patched it after us keeps their patch.
      if (stream.write === captured) stream.write = original;
    };
  });
  return () => {
    for (const each of undo) each();
  };
}
