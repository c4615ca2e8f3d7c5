import { signal } from "@preact/signals";
import type { VNode } from "preact";
import { createClock } from "./clock.ts";
import { formatDuration, formatMoment, formatRelative } from "./format.ts";

const tenths = createClock(100);
const seconds = createClock(1000);
const slowly = createClock(10_000);

/** How long it took, or how long it has been going on: then it ticks. Silent to screen readers while it does. */
export function Duration({ from, to }: { readonly from: number; readonly to: number | null }): VNode {
  if (to !== null) return <span class="duration">{formatDuration(Math.max(0, to - from))}</span>;
  // Minutes on, tenths would only flicker.
  const clock = Date.now() - from < 60_000 ? tenths : seconds;
  return (
    <span class="duration" aria-live="off">
      {formatDuration(Math.max(0, clock.value - from))}
    </span>
  );
}

/**
 * The first time in the words of a language takes the browser longer than all the rest of a page: nobody points at
 * anything before the page is there.
 */
const isSettled = signal(false);
let isWaiting = false;

function whenSettled(): boolean {
  if (!isWaiting) {
    isWaiting = true;
    setTimeout(() => {
      isSettled.value = true;
    }, 1000);
  }
  return isSettled.value;
}

/** "2m ago", with the whole time as its tooltip. */
export function RelativeTime({ time }: { readonly time: number }): VNode {
  return (
    <time dateTime={new Date(time).toISOString()} title={whenSettled() ? formatMoment(time) : undefined}>
      {formatRelative(time, Math.max(slowly.value, Date.now()))}
    </time>
  );
}
