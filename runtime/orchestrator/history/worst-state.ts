/** Which state stands for many task runs. Pure. */
import { type StateName, type StateType, stateNames } from "../../protocol/states.ts";

/** Bad news first, then what still goes on, then what went well. */
const order: readonly StateType[] = [
  "CRASHED",
  "FAILED",
  "CANCELLED",
  "CANCELLING",
  "PAUSED",
  "RUNNING",
  "PENDING",
  "SCHEDULED",
  "COMPLETED",
];

interface HasState {
  readonly state_type: StateType;
  readonly state_name: StateName;
}

/** Below 0 when `left` is the worse. Of one type the name that says more: TimedOut before Failed, Completed before Cached. */
export function compareStates(left: HasState, right: HasState): number {
  if (left.state_type !== right.state_type) return order.indexOf(left.state_type) - order.indexOf(right.state_type);
  const names: readonly StateName[] = stateNames[left.state_type];
  const difference = names.indexOf(left.state_name) - names.indexOf(right.state_name);
  return left.state_type === "COMPLETED" ? difference : -difference;
}

export function isFailure(type: StateType): boolean {
  return type === "FAILED" || type === "CRASHED";
}
