import type { VNode } from "preact";
import { formatClock, formatDuration } from "../../kit/format.ts";
import { StateIcon } from "../../kit/state.tsx";
import { Duration } from "../../kit/times.tsx";
import type { Attempt } from "../attempts.ts";
import { firstLine } from "../words.ts";

/** Nothing for a task that ran once: its state tells it all. */
export function Attempts({ attempts }: { readonly attempts: readonly Attempt[] }): VNode | null {
  if (attempts.length < 2) return null;
  return (
    <section class="drawer-section">
      <div class="drawer-section-head">
        <h3>Attempts</h3>
      </div>
      <ol class="attempts">
        {attempts.map((attempt) => (
          <li key={attempt.number}>
            <StateIcon type={attempt.state_type} name={attempt.state_name} />
            <span class="numeric">{attempt.number}</span>
            <span class="numeric muted">{formatClock(attempt.from).slice(0, 8)}</span>
            <Duration from={attempt.from} to={attempt.to} />
            <span class="ellipsis muted" title={attempt.message ?? undefined}>
              {attempt.message === null ? "" : firstLine(attempt.message)}
              {waited(attempt)}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function waited({ to, retry_at, message }: Attempt): string {
  const wait = to === null || retry_at === null ? 0 : retry_at - to;
  if (wait <= 0) return "";
  return `${message === null ? "" : " · "}then waited ${formatDuration(wait)}`;
}
