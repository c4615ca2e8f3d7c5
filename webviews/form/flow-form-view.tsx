/** The form of a flow with everything around it: where values come from, what is being read, what could not be. */
import "./form.css";
import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import { formatRelative, relativePath } from "../kit/format.ts";
import { usePage } from "../kit/host-context.tsx";
import { Link } from "../kit/link.tsx";
import { Banner } from "../kit/notices.tsx";
import { Button, Dropdown } from "../kit/toolkit.ts";
import type { FlowForm } from "./flow-form.ts";
import { FormView } from "./form-view.tsx";
import { withoutSecrets } from "./secrets.ts";
import type { Values } from "./values.ts";

export interface FlowFormViewProps {
  readonly form: FlowForm;
  readonly onRun: () => void;
  /** Begins the ids of the fields; for `focusFirstBad`. */
  readonly id: string;
}

export function FlowFormView({ form, onRun, id }: FlowFormViewProps): VNode {
  const { surroundings } = usePage();
  const { trusted } = surroundings.value;
  const hasFields = (form.fields.value?.length ?? 0) > 0;
  const hasValues = hasFields || form.json.value !== null;
  return (
    <div class="flow-form">
      {trusted && hasValues ? <ValuesRow form={form} hasFields={hasFields} /> : null}
      <Describing form={form} />
      <FormView
        form={form}
        id={id}
        readOnly={!trusted}
        onRun={onRun}
        empty={
          form.isKnown.value && form.state.value !== "describing" ? (
            <p class="muted">This flow has no parameters.</p>
          ) : trusted ? null : (
            <p class="muted">Its parameters are shown once the folder is trusted: reading them loads its code.</p>
          )
        }
      />
    </div>
  );
}

/** Defaults or those of an earlier run; fields or JSON. */
function ValuesRow({ form, hasFields }: { readonly form: FlowForm; readonly hasFields: boolean }): VNode {
  const filled = useSignal<{ readonly from: string; readonly values: Values } | null>(null);
  const runs = form.runs.value.filter(({ parameters }) => Object.keys(parameters).length > 0);
  const own =
    filled.value === null ? Object.keys(form.values.value).length > 0 : filled.value.values !== form.values.value;
  const take = (from: string) => {
    if (from === "own") return;
    form.fill(withoutSecrets(form.fields.value ?? [], runs.find((run) => run.id === from)?.parameters ?? {}));
    filled.value = { from, values: form.values.value };
  };
  const isJson = form.json.value !== null;
  return (
    <div class="values-row">
      {runs.length === 0 ? (
        <span class="field-label">Parameters</span>
      ) : (
        <Dropdown
          label="Take values from"
          value={own ? "own" : (filled.value?.from ?? "defaults")}
          choices={[
            ...(own ? [{ value: "own", label: "Own values" }] : []),
            { value: "defaults", label: "Defaults" },
            ...runs.map((run, index) => ({
              value: run.id,
              label: `${index === 0 ? "Last run" : run.name} · ${formatRelative(Date.parse(run.created), Date.now())}`,
            })),
          ]}
          onChange={take}
        />
      )}
      {form.jsonOnly.value || !(hasFields || isJson) ? null : (
        <Button
          kind="icon"
          icon="json"
          title={isJson ? "Show Fields" : "Edit as JSON"}
          pressed={isJson}
          onClick={() => form.showJson(!isJson)}
        />
      )}
    </div>
  );
}

function Describing({ form }: { readonly form: FlowForm }): VNode | null {
  const { host, surroundings } = usePage();
  const isSlow = useSignal(false);
  const state = form.state.value;
  useEffect(() => {
    isSlow.value = false;
    if (state !== "describing") return;
    const timer = setTimeout(() => {
      isSlow.value = true;
    }, 300);
    return () => clearTimeout(timer);
  }, [state, isSlow]);

  if (state === "describing" && isSlow.value) {
    return (
      <p class="muted" role="status">
        Checking parameters…
      </p>
    );
  }
  const problem = form.problem.value;
  if (problem === null) return null;
  const { location } = problem;
  if (state === "unasked") {
    return <Banner kind="warning">The parameters could not be checked: {problem.message}</Banner>;
  }
  return (
    <Banner kind="error">
      <p>The parameters could not be read.</p>
      <p>{problem.message}</p>
      {location === null ? null : (
        <Link onClick={() => void host.call("openSource", location)} title={location.file}>
          {relativePath(location.file, surroundings.value.folders)}:{location.line}
        </Link>
      )}
      <p class="muted">Give them as JSON, or mend the file and save it.</p>
    </Banner>
  );
}
