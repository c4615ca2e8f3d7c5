/** How a run is told in a lens, a hint or a hover. Pure. */
import type { FlowRun } from "../../runtime/protocol/api.ts";
import { formatDuration } from "../../runtime/protocol/durations.ts";
import type { LastTaskCall } from "../../runtime/protocol/editor-api.ts";
import { formatCount, formatRelative } from "../../runtime/protocol/formats.ts";
import { stateLook } from "../../runtime/protocol/state-look.ts";
import { isTerminal } from "../../runtime/protocol/states.ts";

/** "$(pass) Completed · 1.2s · 2m ago"; a live run says only its state, because a lens must not tick. */
export function lensTitle(run: FlowRun, now: number): string {
  const { icon, word, spins } = stateLook(run.state_type, run.state_name);
  const state = `$(${icon}${spins ? "~spin" : ""}) ${word}`;
  if (!isTerminal(run.state_type)) return state;
  const ended = Date.parse(run.end_time ?? run.state.timestamp);
  return `${state} · ${formatDuration(run.total_run_time * 1000)} · ${formatRelative(ended, now)}`;
}

/** "1.2s", "×500 · 3 failed · 2.1s", "cached", "running": plain text, because inlay hints draw no icons. */
export function hintText(call: LastTaskCall): string {
  const { word } = stateLook(call.state_type, call.state_name);
  const many = call.count > 1 ? [`×${formatCount(call.count)}`] : [];
  const time = formatDuration(call.duration * 1000);
  if (call.failed > 0) {
    const failed = call.count > 1 ? `${formatCount(call.failed)} failed` : word.toLowerCase();
    return [...many, failed, time].join(" · ");
  }
  if (call.state_type !== "COMPLETED") return [...many, word.toLowerCase()].join(" · ");
  // A cached or skipped task did nothing that took time.
  return [...many, call.state_name === "Completed" ? time : word.toLowerCase()].join(" · ");
}
