import { currentScope, type Scope, signalOf } from "./context.ts";
import { flowName } from "./flow-records.ts";

/** The run that the calling code belongs to. */
export interface CurrentRun {
  readonly flowRun: {
    readonly id: string;
    readonly name: string;
    /** The flow's name. */
    readonly flowName: string;
    /** Validated, with defaults filled in. */
    readonly parameters: unknown;
    readonly tags: readonly string[];
    /** 1 for the first execution, more after flow retries and resumes. */
    readonly runCount: number;
    /** The run this one was called from, for a subflow. */
    readonly parentFlowRunId?: string;
  };
  /** Undefined in the flow's own body. */
  readonly taskRun?: {
    readonly id: string;
    readonly name: string;
    readonly tags: readonly string[];
    /** The attempt, from 1. */
    readonly runCount: number;
    /**
     * The same on every attempt and after every resume of this call: hand it to a service that takes such keys, and
     * what was started but not finished is not done twice.
     */
    readonly idempotencyKey: string;
  };
  /** Aborts when the run is cancelled, and when the attempt's (or the flow's) timeout is over. */
  readonly signal: AbortSignal;
}

export function readCurrentRun(): CurrentRun {
  const scope = currentScope();
  return scope === undefined ? outside : describe(scope);
}

function describe(scope: Scope): CurrentRun {
  const { flowRun, task } = scope;
  const parent = flowRun.caller?.flowRun.id;
  return {
    flowRun: {
      id: flowRun.id,
      name: flowRun.name,
      flowName: flowName(flowRun.definition),
      parameters: flowRun.parameters,
      tags: flowRun.tags,
      runCount: flowRun.runCount,
      ...(parent === undefined ? {} : { parentFlowRunId: parent }),
    },
    ...(task === undefined
      ? {}
      : {
          taskRun: {
            id: task.id,
            name: task.name,
            tags: task.settings.tags,
            runCount: task.runCount,
            // From the call and not from the task run: a later attempt in another process has another task run.
            idempotencyKey: `${flowRun.run.host.runId}:${task.identity}`,
          },
        }),
    // A getter, because most bodies never look at the signal and then there is no controller to make.
    get signal() {
      return signalOf(scope);
    },
  };
}

const never = new AbortController();

/** What a task sees that was called outside a flow: it just runs. */
const outside: CurrentRun = {
  flowRun: { id: "", name: "", flowName: "", parameters: {}, tags: [], runCount: 0 },
  signal: never.signal,
};
