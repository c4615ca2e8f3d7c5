import { existsSync } from "node:fs";
import path from "node:path";
import { Worker } from "node:worker_threads";
import { toError } from "../../protocol/errors.ts";
import type { Columns } from "./columns.ts";
import type { ParquetCompression } from "./parquet.ts";
import type { Vector } from "./vectors.ts";

export interface EncoderSettings {
  readonly columns: Columns;
  readonly compression: ParquetCompression;
}
/** A row group, or the end of the file. */
export interface EncoderOrder {
  readonly group?: readonly Vector[];
}
export interface EncoderAnswer {
  readonly bytes?: Uint8Array<ArrayBuffer>;
  readonly error?: Error;
}

/** An encoder whose work another thread does; one order at a time. */
export interface EncoderThread {
  /** The group's memory goes to the thread: it must not be looked at any more. */
  encode(group: readonly Vector[]): Promise<Uint8Array>;
  finish(): Promise<Uint8Array>;
  close(): Promise<void>;
}

export function startEncoderThread(settings: EncoderSettings): EncoderThread {
  // The thread loads no code of users: neither the loader's hooks nor a debugger's options are for it.
  const worker = new Worker(workerFile(), { workerData: settings, stdout: false, stderr: false });
  let waiting: { resolve(bytes: Uint8Array): void; reject(error: Error): void } | undefined;
  let broken: Error | undefined;
  const fail = (error: Error) => {
    broken ??= error;
    waiting?.reject(broken);
    waiting = undefined;
  };
  worker.on("message", (answer: EncoderAnswer) => {
    if (answer.bytes === undefined) return fail(answer.error ?? new Error("the encoder gave no answer"));
    waiting?.resolve(answer.bytes);
    waiting = undefined;
  });
  worker.on("error", (thrown) => fail(toError(thrown)));
  worker.on("exit", (code) => fail(new Error(`the thread that writes Parquet ended with code ${code}`)));
  const ask = (order: EncoderOrder, transfer: ArrayBuffer[]) =>
    new Promise<Uint8Array>((resolve, reject) => {
      if (broken !== undefined) return reject(broken);
      waiting = { resolve, reject };
      worker.postMessage(order, transfer);
    });
  return {
    encode: (group) => ask({ group }, group.flatMap(buffersOf)),
    finish: () => ask({}, []),
    async close() {
      await worker.terminate();
    },
  };
}

function buffersOf(vector: Vector): ArrayBuffer[] {
  const { nulls } = vector;
  const buffers = nulls === undefined ? [] : [nulls.buffer];
  if (vector.kind !== "text") buffers.push(vector.values.buffer);
  return buffers.filter((buffer) => buffer instanceof ArrayBuffer);
}

/** Beside the library in a build, beside this file among the sources. */
function workerFile(): string {
  const built = path.join(import.meta.dirname, "lib", "parquet-encoder.cjs");
  return existsSync(built) ? built : path.join(import.meta.dirname, "encoder-worker.ts");
}
