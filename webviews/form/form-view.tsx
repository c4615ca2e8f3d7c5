/** A form drawn from a JSON Schema. Ctrl+Enter in it runs; Enter in a field does not. */
import "./form.css";
import { useSignal } from "@preact/signals";
import type { ComponentChildren, VNode } from "preact";
import { useId } from "preact/hooks";
import { TextArea, TextField } from "../kit/toolkit.ts";
import { FieldView } from "./field-view.tsx";
import { countFields, type Field } from "./fields.ts";
import { filterFields } from "./filter.ts";
import type { Form } from "./form-state.ts";
import { unknownNames } from "./values.ts";

export interface FormViewProps {
  readonly form: Form;
  /** Ctrl+Enter or Cmd+Enter in the form. */
  readonly onRun: () => void;
  /** Shown, not changed. */
  readonly readOnly?: boolean;
  /** In place of fields, where there are none. */
  readonly empty?: ComponentChildren;
  /** Begins the ids of the fields; for `focusFirstBad`. */
  readonly id?: string;
  /** What the fields are called; "parameters" when left out. */
  readonly what?: "parameters" | "fields";
}

/** More fields than this get a box to find them with. */
const many = 60;

export function FormView({ form, onRun, readOnly = false, empty, id, what = "parameters" }: FormViewProps): VNode {
  const own = useId();
  const prefix = id ?? own;
  const json = form.json.value;
  const fields = form.fields.value ?? [];
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a shortcut for what stands within, not a control.
    <div
      class="form"
      onKeyDown={(event) => {
        if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
        event.preventDefault();
        event.stopPropagation();
        onRun();
      }}
    >
      <Others form={form} />
      {json !== null ? (
        <JsonBox form={form} id={`${prefix}-json`} readOnly={readOnly} what={what} />
      ) : fields.length === 0 ? (
        empty
      ) : (
        <Fields form={form} fields={fields} prefix={prefix} readOnly={readOnly} what={what} />
      )}
    </div>
  );
}

interface PartProps {
  readonly form: Form;
  readonly readOnly: boolean;
  readonly what: "parameters" | "fields";
}

function Fields(props: PartProps & { readonly fields: readonly Field[]; readonly prefix: string }): VNode {
  const { form, fields, prefix, readOnly, what } = props;
  const filter = useSignal("");
  const found = filterFields(fields, filter.value);
  const others = unknownNames(fields, form.values.value);
  return (
    <>
      {countFields(fields) > many ? (
        <TextField
          label={`Filter ${what}`}
          icon="search"
          placeholder={`Filter ${countFields(fields)} ${what}`}
          value={filter.value}
          onChange={(text) => {
            filter.value = text;
          }}
        />
      ) : null}
      {found.length === 0 ? <p class="muted">None of the {what} is called like that.</p> : null}
      {found.map((field) => (
        <FieldView key={field.name} form={form} field={field} path={[field.name]} prefix={prefix} readOnly={readOnly} />
      ))}
      {others.length === 0 ? null : <p class="muted field-note">Also given, without a field: {others.join(", ")}.</p>}
    </>
  );
}

function JsonBox({ form, id, readOnly, what }: PartProps & { readonly id: string }): VNode {
  const { text, problem } = form.json.value ?? { text: "{}", problem: null };
  const told = [...form.problems.value.byField].flatMap(([key, messages]) =>
    messages.map(({ message, within }) => `${key}${within}: ${message}`),
  );
  const messages = problem === null ? told : [problem];
  const lines = text.split("\n").length;
  return (
    <div class="field">
      <TextArea
        id={id}
        label={`${what === "fields" ? "Fields" : "Parameters"} as JSON`}
        code
        rows={Math.min(Math.max(lines, 4), 20)}
        value={text}
        invalid={messages.length > 0}
        description={messages.join(" ")}
        readOnly={readOnly}
        onChange={form.setJson}
      />
      {messages.map((message) => (
        <p key={message} class="field-problem">
          {message}
        </p>
      ))}
    </div>
  );
}

/** What is wrong with the whole, or with what has no field. */
function Others({ form }: { form: Form }): VNode | null {
  const { others } = form.problems.value;
  if (others.length === 0) return null;
  return (
    <ul>
      {others.map(({ path, message }) => (
        <li key={`${path} ${message}`} class="field-problem">
          {path === "" ? message : `${path}: ${message}`}
        </li>
      ))}
    </ul>
  );
}

/** Puts the keyboard where the first thing is wrong. */
export function focusFirstBad(form: Form, prefix: string): void {
  const key = form.json.value === null ? form.firstBad.value : "json";
  if (key === null) return;
  const element = document.getElementById(key === "json" ? `${prefix}-json` : `${prefix}-${key}`);
  element?.scrollIntoView({ block: "nearest" });
  element?.focus();
}
