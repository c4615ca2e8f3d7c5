import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import type { FlowRun } from "../../../runtime/protocol/api.ts";
import type { SourceCommit } from "../../../runtime/protocol/records.ts";
import { usePage } from "../../kit/host-context.tsx";
import { codeWords, pinnedWords } from "../words.ts";

/** Which code ran. The commit is read once for each execution, when its sources are kept. */
export function CodeFact({ run }: { readonly run: FlowRun }): VNode | null {
  const { host } = usePage();
  const commit = useSignal<SourceCommit | null>(null);
  useEffect(() => {
    let gone = false;
    host
      .api("GET /api/flow_runs/:id/sources", { params: { id: run.root_flow_run_id } })
      .then((answer) => {
        if (!gone) commit.value = answer.commit ?? null;
      })
      // It is a fact on the side: whoever opens the code hears what is wrong.
      .catch(() => {});
    return () => {
      gone = true;
    };
  }, [run.root_flow_run_id, run.run_count, run.state_type]);
  if (run.start_time === null || run.flow_file === "") return null;
  const pinned = run.deployment_code == null ? null : pinnedWords(run.deployment_code);
  const { text, title } = pinned ?? codeWords(commit.value);
  return (
    <span class="muted run-code" title={title}>
      {text}
    </span>
  );
}
