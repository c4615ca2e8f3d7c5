/** The one run that the Flow view follows: the store of the run page, with an end, and the last lines of its log. */
import { type ReadonlySignal, signal } from "@preact/signals";
import type { PageEvent, Surroundings } from "../../runtime/protocol/pages.ts";
import type { LogRecord } from "../../runtime/protocol/records.ts";
import type { Host } from "../kit/host.ts";
import { createRunStore } from "../run/create-store.ts";
import type { RunStore } from "../run/store.ts";
import { addLines } from "./log-lines.ts";

export interface PanelRun {
  readonly store: RunStore;
  /** Oldest first. */
  readonly lines: ReadonlySignal<readonly LogRecord[]>;
  dispose(): void;
}

export interface PanelRunOptions {
  readonly host: Host;
  readonly runId: string;
  readonly surroundings: ReadonlySignal<Surroundings>;
  readonly clock: ReadonlySignal<number>;
  readonly lineCount?: number;
}

export function createPanelRun({ host, runId, surroundings, clock, lineCount = 5 }: PanelRunOptions): PanelRun {
  const lines = signal<readonly LogRecord[]>([]);
  const endings = new Set<() => void>();
  let isFollowing = false;
  const store = createRunStore({
    runId,
    startable: false,
    surroundings,
    clock,
    frame: requestAnimationFrame,
    host: {
      api: host.api,
      // Until it is followed, what comes belongs to the run that was shown before.
      async call(name, input) {
        const answer = await host.call(name, input);
        if (name === "follow") isFollowing = true;
        return answer;
      },
      onEvent(listener) {
        const end = host.onEvent((event: PageEvent) => {
          if (event.type !== "live" || isFollowing) listener(event);
        });
        endings.add(end);
        return end;
      },
    },
  });

  const add = (more: readonly LogRecord[]) => {
    lines.value = addLines(lines.value, more, lineCount);
  };
  const readLines = async () => {
    const input = { params: { id: runId }, body: { start: -lineCount, count: lineCount } };
    const answer = await host.api("POST /api/flow_runs/:id/logs/window", input).catch(() => null);
    // Lines that came meanwhile are newer, and may be among the answer's too.
    if (answer !== null) lines.value = addLines(answer.lines, lines.value, lineCount);
  };
  endings.add(store.onLogs(({ logs }) => add(logs)));
  endings.add(
    store.onReset(() => {
      lines.value = [];
      void readLines();
    }),
  );
  void readLines();

  return {
    store,
    lines,
    dispose() {
      for (const end of endings) end();
      void host.call("unfollow", { flow_run_id: runId }).catch(() => {});
    },
  };
}
