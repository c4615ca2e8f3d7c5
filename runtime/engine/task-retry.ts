import { formatDuration } from "../protocol/durations.ts";
import { toErrorRecord } from "../protocol/error-record.ts";
import { signalOf } from "./context.ts";
import { messageWithCause } from "./errors.ts";
import { append, refusal, writeLog } from "./run.ts";
import { attemptTask } from "./task-attempt.ts";
import type { TaskCall } from "./task-call.ts";
import { cancelCall, failCall, releaseSlots } from "./task-outcome.ts";
import { stateRecord } from "./task-records.ts";
import { takeSlots } from "./task-start.ts";

/**
 * Another attempt after `error`. As in Prefect: with a delay the task run waits as SCHEDULED/AwaitingRetry, without
 * one it is RUNNING/Retrying at once. Slots are given back while it waits.
 */
export async function retryLater(call: TaskCall, error: unknown): Promise<void> {
  const { settings, flowRun, caller } = call;
  const { host } = flowRun.run;
  let delay: number;
  try {
    delay = settings.delay(call.runCount);
  } catch (thrown) {
    failCall(call, thrown);
    return;
  }
  const failure = toErrorRecord(error);
  const when = delay === 0 ? "now" : `in ${formatDuration(delay)}`;
  writeLog(
    caller,
    "warn",
    `task "${call.name}" failed: ${messageWithCause(error)} - retry ${call.runCount} of ${settings.retries} ${when}`,
  );
  await releaseSlots(call);
  if (delay > 0) {
    const timestamp = host.clock.now();
    const details = { scheduled_time: timestamp + delay };
    append(
      flowRun.run,
      stateRecord(
        call,
        { type: "SCHEDULED", name: "AwaitingRetry", timestamp, message: failure.message, details },
        { error: failure },
      ),
    );
    try {
      await host.clock.wait(delay, signalOf(caller));
    } catch {
      // The caller was told to stop; `refusal` below says why.
    }
  }
  const refused = refusal(caller);
  if (refused !== undefined) {
    cancelCall(call, refused);
    return;
  }
  if (!(await takeSlots(call))) return;
  call.runCount++;
  append(
    flowRun.run,
    stateRecord(
      call,
      { type: "RUNNING", name: "Retrying", timestamp: host.clock.now() },
      delay > 0 ? {} : { error: failure },
    ),
  );
  attemptTask(call);
}
