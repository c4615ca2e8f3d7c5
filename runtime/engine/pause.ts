/** A run that waits for a person: PAUSED until an answer comes that its schema accepts. */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { type Duration, formatDuration, parseDuration } from "../protocol/durations.ts";
import { MillraceError, toError } from "../protocol/errors.ts";
import { currentScope, type Scope, signalOf } from "./context.ts";
import { TimeoutError } from "./errors.ts";
import { recordFlowState } from "./flow-records.ts";
import { lookBack, type Observation, observeDurably } from "./observed.ts";
import { refusal, writeLog } from "./run.ts";
import { jsonSchema, validate } from "./schema.ts";

export interface PauseRequest {
  readonly key?: string | undefined;
  readonly schema?: StandardSchemaV1 | undefined;
  readonly message?: string | undefined;
  readonly timeout?: Duration | undefined;
}

export async function pauseRun(request: PauseRequest): Promise<unknown> {
  const scope = currentScope();
  if (scope === undefined) throw new MillraceError("bad-usage", "pause() was called outside a run; call it in a flow");
  const refused = refusal(scope);
  if (refused !== undefined) throw refused;
  const observation = lookBack(scope, "pause", request.key ?? "pause");
  if (observation.earlier !== undefined) return observation.earlier.value;
  const leave = enterPause(scope, observation, request);
  try {
    return await waitForAnswer(scope, observation, request);
  } finally {
    leave();
  }
}

/** How somebody answers: the key that was given, numbered where one is asked for again. */
function pauseKey({ call, key }: Observation): string {
  const number = call.slice(call.lastIndexOf(".") + 1);
  return number === "0" ? key : `${key}-${number}`;
}

/** PAUSED; what is returned sets the flow run RUNNING again, once nothing in it is paused any more. */
function enterPause(scope: Scope, observation: Observation, request: PauseRequest): () => void {
  const { flowRun } = scope;
  const timeout = request.timeout === undefined ? undefined : parseDuration(request.timeout, "pause: timeout");
  const schema = jsonSchema(request.schema);
  flowRun.paused++;
  recordFlowState(flowRun, {
    type: "PAUSED",
    ...(request.message === undefined ? {} : { message: request.message }),
    details: {
      pause_key: pauseKey(observation),
      ...(timeout === undefined ? {} : { pause_timeout: flowRun.run.host.clock.now() + timeout }),
      ...(schema === null ? {} : { pause_schema: schema }),
    },
  });
  return () => {
    flowRun.paused--;
    if (flowRun.paused === 0 && refusal(scope) === undefined) recordFlowState(flowRun, { type: "RUNNING" });
  };
}

async function waitForAnswer(scope: Scope, observation: Observation, request: PauseRequest): Promise<unknown> {
  const { host } = scope.flowRun.run;
  const key = pauseKey(observation);
  const patience = new AbortController();
  const signal = AbortSignal.any([signalOf(scope), patience.signal]);
  const limit = request.timeout === undefined ? undefined : parseDuration(request.timeout, "pause: timeout");
  const timer =
    limit === undefined
      ? undefined
      : host.clock.after(limit, () =>
          patience.abort(new TimeoutError(`nobody answered the pause "${key}" within ${formatDuration(limit)}`)),
        );
  try {
    for (;;) {
      const answer = await host.pauses.wait(key, signal);
      const value = await accept(scope, key, answer, request);
      if (value === refusedAnswer) continue;
      await observeDurably(observation, await host.values.keep(value, `the answer to pause "${key}"`));
      return value;
    }
  } finally {
    timer?.cancel();
  }
}

const refusedAnswer: unique symbol = Symbol("refused");

async function accept(scope: Scope, key: string, answer: unknown, { schema }: PauseRequest): Promise<unknown> {
  if (schema === undefined) return answer;
  try {
    return await validate(schema, answer, `the answer to pause "${key}"`);
  } catch (error) {
    const { message } = toError(error);
    writeLog(scope, "warn", `${message}\nasked again`);
    scope.flowRun.run.host.pauses.refuse(key, message);
    return refusedAnswer;
  }
}
