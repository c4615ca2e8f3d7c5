/** How each state is shown, in pages as in the editor's own views: an icon, words and a colour, so that colour never stands alone. */
import { type StateName, type StateType, stateNames } from "./states.ts";

export interface StateLook {
  /** A codicon. */
  readonly icon: string;
  readonly word: string;
  /** It turns while the state lasts. */
  readonly spins: boolean;
  /** Class of the pages' theme.css that gives the colour: `state-` and the type in small letters, or a milder one. */
  readonly tone: string;
}

const byType: Readonly<Record<StateType, Omit<StateLook, "tone">>> = {
  SCHEDULED: { icon: "clock", word: "Scheduled", spins: false },
  PENDING: { icon: "circle-large-outline", word: "Pending", spins: false },
  RUNNING: { icon: "sync", word: "Running", spins: true },
  COMPLETED: { icon: "pass", word: "Completed", spins: false },
  FAILED: { icon: "error", word: "Failed", spins: false },
  CRASHED: { icon: "debug-disconnect", word: "Crashed", spins: false },
  CANCELLING: { icon: "stop-circle", word: "Cancelling", spins: false },
  CANCELLED: { icon: "circle-slash", word: "Cancelled", spins: false },
  PAUSED: { icon: "debug-pause", word: "Paused", spins: false },
};

const byName: Partial<Record<StateName, Partial<StateLook>>> = {
  Late: { icon: "watch", word: "Late", tone: "state-late" },
  AwaitingRetry: { icon: "debug-restart", word: "Waiting to retry", tone: "state-retry" },
  AwaitingConcurrencySlot: { icon: "lock", word: "Waiting for a slot" },
  Resuming: { icon: "play-circle", word: "Resuming" },
  Retrying: { word: "Retrying" },
  Rerunning: { word: "Running again" },
  Cached: { icon: "history", word: "Cached", tone: "state-cached" },
  Skipped: { icon: "debug-step-over", word: "Skipped", tone: "state-skipped" },
  TimedOut: { icon: "watch", word: "Timed out" },
  Suspended: { word: "Suspended" },
};

/** Names that a newer runtime may know are shown as they are. */
export function stateLook(type: StateType, name?: string): StateLook {
  const base = { ...byType[type], tone: `state-${type.toLowerCase()}` };
  if (name === undefined || name === stateNames[type][0]) return base;
  return isStateName(name) ? { ...base, ...byName[name] } : { ...base, word: name };
}

function isStateName(name: string): name is StateName {
  return Object.values(stateNames).some((names) => names.some((known) => known === name));
}

/** Types in the order in which counts of them are told: what needs a look comes first. */
export const stateOrder: readonly StateType[] = [
  "FAILED",
  "CRASHED",
  "PAUSED",
  "RUNNING",
  "CANCELLING",
  "PENDING",
  "SCHEDULED",
  "CANCELLED",
  "COMPLETED",
];
