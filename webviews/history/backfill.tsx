/** How far a backfill is, above the list of its runs. */
import { type ReadonlySignal, useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import type { Backfill } from "../../runtime/protocol/deployments.ts";
import { usePage } from "../kit/host-context.tsx";
import { Banner } from "../kit/notices.tsx";
import { Button } from "../kit/toolkit.ts";
import { backfillWords, isOver } from "./backfill-words.ts";

const readEvery = 800;

export function BackfillProgress({ id, showAll }: { readonly id: string; readonly showAll: () => void }): VNode {
  const { host, surroundings, attempt } = usePage();
  const known = useSignal<Backfill | null>(null);
  const problem = useSignal<string | null>(null);
  useEffect(() => follow(host, id, known, problem), [host, id, known, problem]);
  const { value: found } = known;
  const { service } = surroundings.value;
  if (found === null) {
    return problem.value === null ? (
      <p class="muted">Reading the backfill…</p>
    ) : (
      <Banner kind="error" actions={[{ title: "Show all runs", run: showAll }]}>
        The backfill could not be read: {problem.value}
      </Banner>
    );
  }
  const complete = found.partitions.filter(({ state }) => state === "complete").length;
  const words = backfillWords(found);
  return (
    <section class="backfill" aria-label="Backfill">
      <progress max={Math.max(1, found.partitions.length)} value={complete} aria-label={words} />
      <p role="status">
        {found.cancelled ? "Cancelled. " : isOver(found) ? "Done. " : `${found.concurrency} at a time. `}
        {words}.
      </p>
      <div class="toolbar">
        {isOver(found) || found.cancelled ? null : (
          <Button
            icon="debug-stop"
            disabled={service !== "connected"}
            onClick={() => attempt(host.call("cancelBackfill", { backfill_id: id }))}
          >
            Cancel Backfill
          </Button>
        )}
        <Button onClick={showAll}>Show All Runs</Button>
      </div>
    </section>
  );
}

type Host = ReturnType<typeof usePage>["host"];
interface Told<T> extends ReadonlySignal<T> {
  value: T;
}

/** Runs that change may be some of it; what is over is not asked for again. */
function follow(host: Host, id: string, known: Told<Backfill | null>, problem: Told<string | null>): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isGone = false;
  const read = (): void => {
    timer = undefined;
    host.api("GET /api/backfills/:id", { params: { id } }).then(
      (found) => {
        if (isGone) return;
        known.value = found;
        problem.value = null;
      },
      (thrown: unknown) => {
        if (!isGone) problem.value = thrown instanceof Error ? thrown.message : String(thrown);
      },
    );
  };
  const unlisten = host.onEvent((event) => {
    if (event.type !== "live" || timer !== undefined) return;
    if (!["flow-run", "deployments", "reset", "removed"].includes(event.event.type)) return;
    if (known.value === null || !isOver(known.value) || event.event.type !== "flow-run")
      timer = setTimeout(read, readEvery);
  });
  read();
  return () => {
    isGone = true;
    clearTimeout(timer);
    unlisten();
  };
}
