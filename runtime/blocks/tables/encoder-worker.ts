/** The thread in which large tables become Parquet while the next rows are read: see encoder-thread.ts. */
import { parentPort, workerData } from "node:worker_threads";
import { toError } from "../../protocol/errors.ts";
import type { EncoderAnswer, EncoderOrder, EncoderSettings } from "./encoder-thread.ts";
import { parquetEncoder } from "./parquet-encoder.ts";

const { columns, compression }: EncoderSettings = workerData;
const encoder = parquetEncoder(columns, compression);
parentPort?.on("message", (order: EncoderOrder) => {
  let answer: EncoderAnswer;
  try {
    answer = { bytes: order.group === undefined ? encoder.finish() : encoder.encode(order.group) };
  } catch (thrown) {
    answer = { error: toError(thrown) };
  }
  parentPort?.postMessage(answer, answer.bytes === undefined ? [] : [answer.bytes.buffer]);
});
