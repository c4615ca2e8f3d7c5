import type { StandardSchemaV1 } from "@standard-schema/spec";
import { pauseRun } from "../engine/pause.ts";
import type { Duration } from "../protocol/durations.ts";
import { typed } from "./marks.ts";
import type { SchemaOutput } from "./types.ts";

export interface PauseOptions<Schema extends StandardSchemaV1 = StandardSchemaV1> {
  /** Names the pause for whoever answers: `millrace runs continue … approve`. "pause" when left out. */
  readonly key?: string;
  /** What the answer must be: any Standard Schema. An answer that does not fit is refused and asked for again. */
  readonly schema?: Schema;
  /** What to ask for, for the person who answers. */
  readonly message?: string;
  /** Fails the run when nobody has answered in this time. Waits for ever when left out. */
  readonly timeout?: Duration;
}

/**
 * Pauses the run until somebody continues it, with typed input where a schema is given. The answer is recorded: a
 * resumed run does not ask again.
 *
 * @returns the answer, as the schema gives it; without a schema what was sent, undefined when nothing was.
 * @throws TimeoutError when `timeout` is over; the reason of the cancellation when the run is cancelled meanwhile.
 * @example
 * const { approved } = await pause({
 *   key: "approve",
 *   message: `Load ${rows} rows?`,
 *   schema: z.object({ approved: z.boolean() }),
 *   timeout: "1d",
 * });
 */
export function pause<Schema extends StandardSchemaV1>(
  options: PauseOptions<Schema> & { readonly schema: Schema },
): Promise<SchemaOutput<Schema>>;
export function pause(options?: PauseOptions): Promise<unknown>;
export async function pause(options: PauseOptions = {}): Promise<unknown> {
  return typed(await pauseRun(options));
}
