import { type Duration, parseDuration } from "../protocol/durations.ts";
import { currentScope, type Scope, signalOf } from "./context.ts";
import { lookBack, observe } from "./observed.ts";
import { refusal } from "./run.ts";

/** Waits until the due time; after a resume until the same due time, however long the machine was off. */
export async function sleepInRun(duration: Duration): Promise<void> {
  const milliseconds = parseDuration(duration, "sleep");
  const scope = currentScope();
  if (scope === undefined) {
    await new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
    return;
  }
  const refused = refusal(scope);
  if (refused !== undefined) throw refused;
  const { clock } = scope.flowRun.run.host;
  const rest = dueTime(scope, milliseconds) - clock.now();
  if (rest > 0) await clock.wait(rest, signalOf(scope));
}

function dueTime(scope: Scope, milliseconds: number): number {
  const observation = lookBack(scope, "sleep", String(milliseconds));
  const earlier = observation.earlier?.value;
  if (typeof earlier === "number") return earlier;
  const due = scope.flowRun.run.host.clock.now() + milliseconds;
  observe(observation, { kind: "inline", data: [due] });
  return due;
}
