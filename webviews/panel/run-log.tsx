import type { VNode } from "preact";
import { formatClock } from "../kit/format.ts";
import type { PanelRun } from "./panel-run.ts";

/** The last lines; the whole log is on the run's page. */
export function RunLog({ run }: { readonly run: PanelRun }): VNode | null {
  const lines = run.lines.value;
  if (lines.length === 0) return null;
  return (
    <ol class="panel-log mono" aria-label="Last lines of the log">
      {lines.map((line, index) => (
        <li
          key={`${line.at} ${index}`}
          class={line.level >= 40 ? "ellipsis log-error" : line.level >= 30 ? "ellipsis log-warning" : "ellipsis"}
          title={`${formatClock(line.at)} ${line.message}`}
        >
          {plain(line.message)}
        </li>
      ))}
    </ol>
  );
}

/** One line without the colours of a terminal. */
function plain(message: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
  return message.replace(/\u001b\[[0-9;]*m/g, "").split("\n", 1)[0] ?? "";
}
