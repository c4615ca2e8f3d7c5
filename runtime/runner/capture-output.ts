import process from "node:process";
import type { SdkRuntime } from "../protocol/sdk-runtime.ts";
import { knowsSecrets, redact } from "../system/redaction.ts";

type Write = typeof process.stdout.write;
type Capture = NonNullable<SdkRuntime["captureOutput"]>;
type StreamName = "stdout" | "stderr";

export interface OutputCapture {
  /** The run begins: what its code writes goes there. */
  handTo(capture: SdkRuntime["captureOutput"]): void;
  release(): void;
}

/**
 * What user code writes to the process's streams itself goes to the run's log too. (console is the engine's: it knows
 * levels.) It still reaches the terminal or file, unless somebody shows the log lines there as they come: then it would
 * stand there twice, and in the middle of a live tree or of JSON.
 *
 * To be called before user code is loaded: a stream is patched when it is first asked for, because Node makes it only
 * then, which takes longer than a small run may.
 */
export function captureOutput(shownAsLog: boolean): OutputCapture {
  let capture: Capture | undefined;
  const undo = [whenAskedFor("stdout", patch), whenAskedFor("stderr", patch)];

  function patch(name: StreamName, stream: NodeJS.WriteStream): () => void {
    const original: Write = stream.write;
    const captured = (raw: Uint8Array | string, ...rest: unknown[]): boolean => {
      const chunk = withoutSecrets(raw);
      if (!capture?.(name, chunk) || !shownAsLog) return Reflect.apply(original, stream, [chunk, ...rest]);
      const written = rest.at(-1);
      if (typeof written === "function") process.nextTick(written);
      return true;
    };
    stream.write = captured;
    return () => {
      // Whoever patched it after us keeps their patch.
      if (stream.write === captured) stream.write = original;
    };
  }

  return {
    handTo(next) {
      capture = next;
    },
    release() {
      capture = undefined;
      for (const each of undo) each();
    },
  };
}

/** Patches the stream at its first use from here on. Returns a function that undoes it. */
function whenAskedFor(
  name: StreamName,
  patch: (name: StreamName, stream: NodeJS.WriteStream) => () => void,
): () => void {
  const property = Object.getOwnPropertyDescriptor(process, name);
  const make = property?.get;
  if (property === undefined || make === undefined) return patch(name, process[name]);
  let unpatch: (() => void) | undefined;
  const restore = (): void => {
    if (Object.getOwnPropertyDescriptor(process, name)?.get === get) Object.defineProperty(process, name, property);
  };
  function get(): NodeJS.WriteStream {
    const stream: NodeJS.WriteStream = Reflect.apply(make ?? get, process, []);
    unpatch ??= patch(name, stream);
    restore();
    return stream;
  }
  Object.defineProperty(process, name, { ...property, get });
  return () => {
    restore();
    unpatch?.();
  };
}

/** A secret must not come out raw either: on the terminal of CI, in the output file of a worker's runner. */
function withoutSecrets(chunk: Uint8Array | string): Uint8Array | string {
  if (!knowsSecrets()) return chunk;
  const text = typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8");
  const clean = redact(text);
  return clean === text ? chunk : clean;
}
