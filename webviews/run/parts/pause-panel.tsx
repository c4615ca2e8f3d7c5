import "./panels.css";
import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useMemo } from "preact/hooks";
import type { FlowRun } from "../../../runtime/protocol/api.ts";
import { createForm } from "../../form/form-state.ts";
import { FormView, focusFirstBad } from "../../form/form-view.tsx";
import type { Host } from "../../kit/host.ts";
import { usePage } from "../../kit/host-context.tsx";
import { Banner } from "../../kit/notices.tsx";
import { Button } from "../../kit/toolkit.ts";
import { whyNot } from "../actions.ts";
import { pauseQuestion } from "../pause.ts";
import type { RunStore } from "../store.ts";
import { explainRun } from "../words.ts";

/** What a paused flow waits for: its question, and a form for the answer when it says which one it takes. */
export function PausePanel(props: { readonly run: FlowRun; readonly store: RunStore; readonly host: Host }): VNode {
  const { run, store, host } = props;
  const { surroundings } = usePage();
  const question = pauseQuestion(run.state);
  const reason = whyNot(surroundings.value);
  const busy = useSignal(false);
  const problem = useSignal<string | null>(null);
  // The same question again, after an answer that was refused, keeps what was written.
  const form = useMemo(
    () => (question.schema === null ? null : createForm({ schema: question.formSchema })),
    [run.state.timestamp, question.key],
  );
  const answer = async () => {
    const given = form === null ? {} : await form.submit();
    if (given === null && form !== null) return focusFirstBad(form, "pause");
    if (given === null || busy.value) return;
    busy.value = true;
    problem.value = null;
    try {
      await host.call("continueRun", {
        run_id: run.id,
        ...(question.key === null ? {} : { pause_key: question.key }),
        ...(form === null ? {} : { value: question.unwrap(given) }),
      });
    } catch (thrown) {
      problem.value = thrown instanceof Error ? thrown.message : String(thrown);
    } finally {
      busy.value = false;
    }
  };
  return (
    <section class="run-panel" aria-label="The flow waits for an answer">
      <p class="run-panel-text">{explainRun(run, store.now.value)?.text}</p>
      {problem.value === null ? null : <Banner kind="error">{problem.value}</Banner>}
      {form === null ? null : (
        <FormView form={form} id="pause" onRun={() => void answer()} readOnly={reason !== null} />
      )}
      <div class="toolbar run-panel-actions">
        <Button
          kind="primary"
          icon="debug-continue"
          disabled={reason !== null || busy.value}
          {...(reason === null ? {} : { title: reason })}
          onClick={() => void answer()}
        >
          Continue
        </Button>
      </div>
    </section>
  );
}
