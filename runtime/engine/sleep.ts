import { type Duration, parseDuration } from "../protocol/durations.ts";
import { currentScope, type Scope, signalOf } from "./context.ts";
import { identifyCall } from "./identity.ts";
import { observe, refusal } from "./run.ts";

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
  const { host } = scope.flowRun.run;
  const due = dueTime(scope, milliseconds);
  const rest = due - host.clock.now();
  if (rest > 0) await host.clock.wait(rest, signalOf(scope));
}

function dueTime(scope: Scope, milliseconds: number): number {
  const { run } = scope.flowRun;
  const call = identifyCall(scope, "sleep", String(milliseconds), undefined, undefined);
  const seen = run.history?.observed(call);
  if (seen !== undefined) {
    const due = run.host.values.read(seen.value);
    if (typeof due === "number") {
      run.memory?.rememberObserved(seen);
      return due;
    }
  }
  const at = run.host.clock.now();
  const value = { kind: "inline", data: [at + milliseconds] } as const;
  const flow_run_id = scope.flowRun.id;
  observe(run, { kind: "observed", what: "sleep", flow_run_id, call, key: String(milliseconds), value, at });
  return at + milliseconds;
}
