import process from "node:process";
import type { SdkRuntime } from "../protocol/sdk-runtime.ts";

type Write = typeof process.stdout.write;

/**
 * What user code writes to the process's streams itself goes to the run's log too, and still to the terminal or file.
 * (console is the engine's: it knows levels.) Returns a function that undoes it.
 */
export function captureOutput(runtime: Pick<SdkRuntime, "captureOutput">): () => void {
  const capture = runtime.captureOutput?.bind(runtime);
  if (capture === undefined) return () => undefined;
  const undo = (["stdout", "stderr"] as const).map((name) => {
    const stream = process[name];
    const original: Write = stream.write;
    const captured = (chunk: Uint8Array | string, ...rest: unknown[]): boolean => {
      capture(name, chunk);
      return Reflect.apply(original, stream, [chunk, ...rest]);
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
