/** One field with its label, help and problems. */
import type { ComponentChildren, VNode } from "preact";
import { Button, Checkbox } from "../kit/toolkit.ts";
import { useBlockFields } from "./block-fields.ts";
import type { Field } from "./fields.ts";
import type { Form } from "./form-state.ts";
import { GroupFields, RowFields } from "./groups.tsx";
import { ChoiceInput, DateInput, JsonInput, NumberInput, TextInput } from "./inputs.tsx";
import { ListInput } from "./list-input.tsx";
import { messageText } from "./problems.ts";
import { ReferenceInput } from "./reference-input.tsx";
import { SecretInput, VariableInput } from "./secret-input.tsx";
import { isVariable } from "./secrets.ts";
import { UnionFields } from "./union-input.tsx";
import { defaultAt, initialOf, type Path, pathText, sameJson, valueAt } from "./values.ts";

export interface FieldViewProps {
  readonly form: Form;
  readonly field: Field;
  readonly path: Path;
  readonly prefix: string;
  readonly readOnly: boolean;
}

/** What every kind of input gets. */
export interface InputProps<Kind extends Field["kind"]> {
  readonly form: Form;
  readonly field: Extract<Field, { readonly kind: Kind }>;
  readonly path: Path;
  readonly id: string;
  readonly value: unknown;
  readonly description: string;
  readonly invalid: boolean;
  readonly readOnly: boolean;
  readonly onChange: (value: unknown) => void;
  readonly onBlur: () => void;
}

export function FieldView(props: FieldViewProps): VNode {
  const { form, field, path, prefix, readOnly } = props;
  const key = pathText(path);
  const id = `${prefix}-${key}`;
  const fields = form.fields.value ?? [];
  const value = valueAt(fields, form.values.value, path, field);
  const messages = (form.problems.value.byField.get(key) ?? []).map(messageText);
  const isModified = !sameJson(value, defaultAt(fields, path, field)) && field.fallback !== undefined;
  const reset =
    isModified && !readOnly ? (
      <Button
        kind="icon"
        icon="discard"
        class="field-reset"
        title={`Reset ${field.label} to ${briefly(defaultAt(fields, path, field))}`}
        onClick={() => form.reset(path, field)}
      />
    ) : null;
  const notes = <Notes description={field.description} messages={messages} />;

  const said = [field.description, ...messages].filter(Boolean).join(" ");
  if (field.kind === "group" || field.kind === "rows" || field.kind === "union") {
    const isEmpty = field.nullable && field.kind !== "union" && (value === null || value === undefined);
    return (
      // Named by itself: the legend holds buttons too.
      <fieldset class="field-group" id={id} tabIndex={-1} aria-label={field.label} aria-description={said}>
        <legend class="field-head">
          <Label field={field} />
          <NoValue {...props} value={value} />
          {reset}
        </legend>
        {notes}
        {isEmpty ? null : field.kind === "group" ? (
          <GroupFields {...props} field={field} />
        ) : field.kind === "rows" ? (
          <RowFields {...props} field={field} />
        ) : (
          <UnionFields {...props} field={field} description={said} invalid={messages.length > 0} />
        )}
      </fieldset>
    );
  }
  const common = {
    form,
    path,
    id,
    value,
    description: said,
    invalid: messages.length > 0,
    readOnly,
    onChange: (next: unknown) => form.set(path, next),
    onBlur: () => form.touch(key),
  };
  if (field.kind === "boolean" && !isVariable(value)) {
    return (
      <div class="field">
        <div class="field-head">
          <Checkbox
            id={id}
            label={field.label}
            description={common.description}
            invalid={common.invalid}
            disabled={readOnly}
            value={value === true}
            onChange={common.onChange}
          />
          {reset}
        </div>
        {notes}
      </div>
    );
  }
  return (
    <div class="field">
      <div class="field-head">
        <Label field={field} for={id} />
        <NoValue {...props} value={value} />
        {reset}
      </div>
      {field.kind === "list" && field.nullable && value === null ? null : <Input {...common} field={field} />}
      {notes}
    </div>
  );
}

/** For what has no empty input that would mean null: objects and lists. */
function NoValue({ form, field, path, readOnly, value }: FieldViewProps & { readonly value: unknown }): VNode | null {
  const isOfParts = field.kind === "group" || field.kind === "rows" || field.kind === "list";
  if (!field.nullable || !isOfParts) return null;
  const isNothing = value === null || value === undefined;
  const first = (): unknown => field.fallback ?? (field.kind === "group" ? initialOf(field.fields) : []);
  return (
    <span class="field-nothing">
      <Checkbox
        label={`${field.label}: no value`}
        disabled={readOnly}
        value={isNothing}
        onChange={(isOn) => form.set(path, isOn ? null : first())}
      >
        No value
      </Checkbox>
    </span>
  );
}

export function Input({ field, ...rest }: Omit<InputProps<"text">, "field"> & { readonly field: Field }): VNode | null {
  const blocks = useBlockFields();
  const isOfSecret = field.kind === "text" && field.secret;
  if (blocks !== null && isVariable(rest.value) && !isOfSecret) return <VariableInput {...rest} field={field} />;
  switch (field.kind) {
    case "text":
      if (blocks !== null && field.secret) return <SecretInput {...rest} field={field} blocks={blocks} />;
      return <TextInput {...rest} field={field} />;
    case "number":
      return <NumberInput {...rest} field={field} />;
    case "choice":
      return <ChoiceInput {...rest} field={field} />;
    case "date":
    case "date-time":
      return <DateInput {...rest} field={field} />;
    case "list":
      return <ListInput {...rest} field={field} />;
    case "json":
      return <JsonInput {...rest} field={field} />;
    case "reference":
      return <ReferenceInput {...rest} field={field} blocks={blocks} />;
    default:
      return null;
  }
}

function Label({ field, for: id }: { readonly field: Field; readonly for?: string }): VNode {
  const mark = field.required ? (
    <span class="field-required" title="Required" aria-hidden="true">
      *
    </span>
  ) : null;
  const text: ComponentChildren = (
    <>
      {field.label}
      {mark}
    </>
  );
  if (id === undefined) return <span class="field-label">{text}</span>;
  return (
    // The toolkit's controls are labels' targets only by id; they carry their names themselves.
    <label class="field-label" for={id}>
      {text}
    </label>
  );
}

function Notes(props: { readonly description: string | null; readonly messages: readonly string[] }): VNode {
  return (
    <>
      {props.messages.map((message) => (
        <p key={message} class="field-problem">
          {message}
        </p>
      ))}
      {props.description === null ? null : <p class="field-note muted">{props.description}</p>}
    </>
  );
}

function briefly(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
