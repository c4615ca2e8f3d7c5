/** How a state looks: a glyph in its colour, or a word where glyphs cannot be shown. */
import type { StateName, StateType } from "../../protocol/states.ts";
import type { Paint, Style } from "../terminal/style.ts";
import { padEnd } from "../terminal/width.ts";

export interface ShownState {
  readonly type: StateType;
  readonly name: StateName;
}

const spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const plainSpinner = ["|", "/", "-", "\\"];

/** Milliseconds between two frames of the spinner. */
export const frameTime = 80;

/** All are one cell wide in every terminal: no emoji, nothing with two presentations. */
const glyphs: Readonly<Record<StateType, string>> = {
  SCHEDULED: "◦",
  PENDING: "◦",
  RUNNING: "•",
  COMPLETED: "✓",
  FAILED: "✗",
  CRASHED: "✗",
  CANCELLING: "⊘",
  CANCELLED: "⊘",
  PAUSED: "‖",
};

const words: Readonly<Record<StateType, string>> = {
  SCHEDULED: "wait",
  PENDING: "wait",
  RUNNING: "run",
  COMPLETED: "ok",
  FAILED: "FAILED",
  CRASHED: "CRASH",
  CANCELLING: "cancel",
  CANCELLED: "cancel",
  PAUSED: "paused",
};

/** `time` is milliseconds and turns the spinner; undefined shows a still picture. */
export function glyphOf(state: ShownState, style: Style, time?: number): string {
  const paint = paintOf(state, style);
  const moving = time !== undefined && (state.type === "RUNNING" || state.type === "CANCELLING");
  const frame = time === undefined ? 0 : Math.floor(time / frameTime);
  if (!style.unicode) {
    const word =
      moving && state.type === "RUNNING" ? `run ${plainSpinner[frame % plainSpinner.length]}` : words[state.type];
    return paint(padEnd(state.name === "AwaitingRetry" ? "retry" : word, 6));
  }
  if (moving) return paint(spinner[frame % spinner.length] ?? "");
  return paint(state.name === "AwaitingRetry" ? "↻" : glyphs[state.type]);
}

export function paintOf(state: ShownState, style: Style): Paint {
  switch (state.type) {
    case "COMPLETED":
      return style.green;
    case "FAILED":
    case "CRASHED":
      return style.red;
    case "RUNNING":
      return style.cyan;
    case "PAUSED":
    case "CANCELLING":
    case "CANCELLED":
      return style.yellow;
    case "SCHEDULED":
      return state.name === "AwaitingRetry" ? style.yellow : style.dim;
    default:
      return style.dim;
  }
}

/** The state as a person says it: "Timed out", "Awaiting retry". */
export function stateLabel(state: ShownState): string {
  const spaced = state.name.replace(
    /([a-z])([A-Z])/g,
    (_, before: string, after: string) => `${before} ${after.toLowerCase()}`,
  );
  return spaced;
}

/** A bar of `cells` cells, filled to `fraction` (0 to 1). */
export function progressBar(fraction: number, cells: number, style: Style): string {
  const bounded = Math.min(1, Math.max(0, Number.isFinite(fraction) ? fraction : 0));
  const filled = Math.round(bounded * cells);
  if (!style.unicode) return `[${"#".repeat(filled)}${".".repeat(cells - filled)}]`;
  return style.cyan("━".repeat(filled)) + style.dim("─".repeat(cells - filled));
}
