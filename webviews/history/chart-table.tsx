import type { VNode } from "preact";
import type { RunHistory } from "../../runtime/protocol/editor-api.ts";
import { formatCount, formatDuration } from "../kit/format.ts";
import { stateLook, stateOrder } from "../kit/state-look.ts";
import { bucketSpan } from "./chart.tsx";

/** The chart's numbers, for those who read rather than look. Stretches of time without runs are left out. */
export function ChartTable({ history }: { readonly history: RunHistory }): VNode {
  const states = stateOrder.filter((type) => (history.counts[type] ?? 0) > 0);
  const buckets = history.buckets
    .filter((bucket) => states.some((type) => (bucket.counts[type] ?? 0) > 0))
    .toReversed();
  return (
    <div class="chart-table">
      <table class="table">
        <thead>
          <tr>
            <th scope="col">Time</th>
            {states.map((type) => (
              <th key={type} scope="col" class="number">
                {stateLook(type).word}
              </th>
            ))}
            <th scope="col" class="number">
              Median duration
            </th>
          </tr>
        </thead>
        <tbody>
          {buckets.map((bucket) => (
            <tr key={bucket.start}>
              <th scope="row">{bucketSpan(bucket)}</th>
              {states.map((type) => (
                <td key={type} class="number">
                  {bucket.counts[type] ? formatCount(bucket.counts[type]) : ""}
                </td>
              ))}
              <td class="number">
                {bucket.median_duration === null ? "" : formatDuration(bucket.median_duration * 1000)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
