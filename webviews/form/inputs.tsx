/** The inputs of single values. Numbers and dates have the browser's own: the toolkit has none. */
import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Dropdown, RadioGroup, TextArea, TextField } from "../kit/toolkit.ts";
import type { InputProps } from "./field-view.tsx";
import { fromLocalInput, isDateText, toLocalInput } from "./moments.ts";
import { pathText, sameJson } from "./values.ts";

/** More choices than this go into a dropdown. */
const mostRadios = 4;

/** Stands in an empty input that means null. */
const noValue = "No value";

/** What an empty input means: null where that is a value, nothing where the field may be left out. */
function emptyValue(field: { readonly nullable: boolean; readonly fallback: unknown }): unknown {
  if (field.nullable) return null;
  return field.fallback === undefined ? undefined : "";
}

export function TextInput(props: InputProps<"text">): VNode {
  const { field, value, onChange } = props;
  const common = {
    id: props.id,
    label: field.label,
    description: props.description,
    required: field.required,
    invalid: props.invalid,
    readOnly: props.readOnly,
    ...(field.nullable && value === null ? { placeholder: noValue } : {}),
    value: value === undefined || value === null ? "" : typeof value === "string" ? value : JSON.stringify(value),
    onChange: (text: string) => onChange(text === "" ? emptyValue(field) : text),
    onBlur: props.onBlur,
  };
  if (field.multiline) return <TextArea {...common} rows={3} />;
  return <TextField {...common} secret={field.secret} />;
}

export function NumberInput(props: InputProps<"number">): VNode {
  const { field, form, value, onChange } = props;
  const key = pathText(props.path);
  const ref = useRef<HTMLInputElement>(null);
  // Not by its value attribute: what is half typed has no value, and would be wiped out.
  useLayoutEffect(() => {
    const input = ref.current;
    if (input === null || form.drafts.peek().has(key)) return;
    const shown = typeof value === "number" ? value : null;
    if ((input.value === "" ? null : Number(input.value)) !== shown || input.validity.badInput) {
      input.value = shown === null ? "" : String(shown);
    }
  });
  const read = (input: HTMLInputElement) => {
    // Half a number ("-", "1e") is no value yet, and the browser does not hand it out.
    form.setDraft(key, input.validity.badInput ? "This is no number." : null);
    if (input.validity.badInput) return;
    if (input.value === "") onChange(field.nullable || field.fallback !== undefined ? null : undefined);
    else onChange(Number(input.value));
  };
  return (
    <input
      id={props.id}
      class={props.invalid ? "input numeric invalid" : "input numeric"}
      type="number"
      min={field.least ?? undefined}
      max={field.most ?? undefined}
      step={field.step ?? (field.integer ? 1 : "any")}
      ref={ref}
      readOnly={props.readOnly}
      placeholder={field.nullable && value === null ? noValue : undefined}
      aria-label={field.label}
      aria-required={field.required}
      aria-invalid={props.invalid}
      aria-description={props.description}
      onInput={(event) => read(event.currentTarget)}
      onBlur={props.onBlur}
    />
  );
}

export function ChoiceInput(props: InputProps<"choice">): VNode {
  const { field, value, onChange } = props;
  const isOptional = !field.required && field.fallback === undefined;
  const none = { value: "", label: field.nullable ? "none" : "not set" };
  const choices = field.choices.map((choice) => ({ value: JSON.stringify(choice.value), label: choice.label }));
  const chosen = field.choices.find((choice) => sameJson(choice.value, value));
  const Input = choices.length > mostRadios ? Dropdown : RadioGroup;
  return (
    <Input
      id={props.id}
      label={field.label}
      description={props.description}
      required={field.required}
      invalid={props.invalid}
      disabled={props.readOnly}
      value={chosen === undefined ? "" : JSON.stringify(chosen.value)}
      choices={
        isOptional || field.nullable
          ? [none, ...choices]
          : chosen === undefined && choices.length > mostRadios
            ? [{ value: "", label: "Choose…" }, ...choices]
            : choices
      }
      onChange={(text) => onChange(text === "" ? (field.nullable ? null : undefined) : JSON.parse(text))}
    />
  );
}

/** A text that is no date is shown as the text it is. */
export function DateInput(props: InputProps<"date" | "date-time">): VNode {
  const { field, value, onChange } = props;
  const text = typeof value === "string" ? value : "";
  const isDate = field.kind === "date";
  const shown = isDate ? (isDateText(text) ? text : null) : toLocalInput(text);
  const take = (next: string) => onChange(next === "" ? emptyValue(field) : next);
  const common = { id: props.id, readOnly: props.readOnly, onBlur: props.onBlur };
  if (shown === null) {
    const { description, invalid } = props;
    return <TextField {...common} {...{ description, invalid }} label={field.label} value={text} onChange={take} />;
  }
  return (
    <input
      {...common}
      class={props.invalid ? "input invalid" : "input"}
      type={isDate ? "date" : "datetime-local"}
      step={isDate ? undefined : 1}
      value={shown}
      aria-label={field.label}
      aria-required={field.required}
      aria-invalid={props.invalid}
      aria-description={props.description}
      onChange={({ currentTarget: { value: next } }) => take(isDate ? next : fromLocalInput(next))}
    />
  );
}

/** For what no field can show: any JSON. Nothing in the box is nothing given. */
export function JsonInput(props: InputProps<"json">): VNode {
  const { field, form, value, onChange } = props;
  const key = pathText(props.path);
  const pretty = value === undefined ? "" : JSON.stringify(value, null, 2);
  const typed = useSignal<string | null>(null);
  const text = typed.value ?? pretty;
  const take = (next: string) => {
    typed.value = next;
    if (next.trim() === "") {
      form.setDraft(key, null);
      onChange(undefined);
      return;
    }
    try {
      const read: unknown = JSON.parse(next);
      form.setDraft(key, null);
      onChange(read);
    } catch {
      form.setDraft(key, 'This is no JSON yet; a text stands in "quotes".');
    }
  };
  return (
    <TextArea
      id={props.id}
      label={`${field.label}, JSON`}
      code
      rows={Math.min(Math.max(text.split("\n").length, 2), 12)}
      description={props.description}
      required={field.required}
      invalid={props.invalid}
      readOnly={props.readOnly}
      placeholder="JSON"
      value={text}
      onChange={take}
      onBlur={() => {
        // As it was typed while it is broken; as it is meant once it is not.
        if (!form.drafts.peek().has(key)) typed.value = null;
        props.onBlur();
      }}
    />
  );
}
