/** A value of one of several kinds: which one, and the fields of that. */
import type { VNode } from "preact";
import { useRef } from "preact/hooks";
import { Dropdown, RadioGroup } from "../kit/toolkit.ts";
import { type FieldViewProps, Input } from "./field-view.tsx";
import { GroupFields, RowFields } from "./groups.tsx";
import { emptyOf, type UnionField, valueAs, variantOf } from "./unions.ts";
import { pathText, valueAt } from "./values.ts";

/** More variants than this go into a dropdown. */
const mostRadios = 4;
const longestRadios = 60;
const nothing = "nothing";

export interface UnionFieldsProps extends Omit<FieldViewProps, "field"> {
  readonly field: UnionField;
  /** What is wrong, and what it is for. */
  readonly description: string;
  readonly invalid: boolean;
}

export function UnionFields({ field, form, path, prefix, readOnly, description, invalid }: UnionFieldsProps): VNode {
  const key = pathText(path);
  const value = valueAt(form.fields.value ?? [], form.values.value, path, field);
  const shown = variantOf(field, value, form.chosen.value.get(key));
  /** What each variant held when another was chosen. */
  const left = useRef(new Map<number, unknown>());
  const mayBeNothing = field.nullable || (!field.required && field.fallback === undefined);
  const index = shown === undefined ? -1 : field.variants.indexOf(shown);
  const choices = [
    ...(mayBeNothing ? [{ value: nothing, label: field.nullable ? "No value" : "Not set" }] : []),
    ...field.variants.map(({ label }, at) => ({ value: String(at), label })),
  ];
  const isShort =
    choices.length <= mostRadios && choices.reduce((sum, { label }) => sum + label.length, 0) <= longestRadios;
  const isNothing = index < 0 && mayBeNothing && (value === undefined || value === null);
  const choose = (text: string): void => {
    if (index >= 0) left.current.set(index, value);
    const next = text === nothing ? undefined : Number(text);
    const variant = next === undefined ? undefined : field.variants[next];
    if (next === undefined || variant === undefined) form.choose(path, undefined, field.nullable ? null : undefined);
    else form.choose(path, next, left.current.get(next) ?? valueAs(variant, value ?? undefined, shown));
  };
  const Choice = isShort ? RadioGroup : Dropdown;
  return (
    <>
      <Choice
        label={`${field.label}: kind`}
        description={description}
        required={field.required}
        invalid={invalid}
        disabled={readOnly}
        value={isNothing ? nothing : index < 0 ? "" : String(index)}
        choices={index < 0 && !isNothing && !isShort ? [{ value: "", label: "Choose…" }, ...choices] : choices}
        onChange={choose}
      />
      {shown?.description ? <p class="field-note muted">{shown.description}</p> : null}
      {shown === undefined ? null : (
        <VariantFields
          key={index}
          {...{ form, path, prefix, readOnly, description, invalid }}
          field={{ ...shown.field, label: field.label }}
          value={value}
        />
      )}
    </>
  );
}

type VariantProps = Omit<UnionFieldsProps, "field"> & Pick<FieldViewProps, "field"> & { readonly value: unknown };

function VariantFields({ field, value, description, invalid, ...rest }: VariantProps): VNode | null {
  const { form, path, prefix, readOnly } = rest;
  if (field.kind === "group") return field.fields.length === 0 ? null : <GroupFields {...rest} field={field} />;
  if (field.kind === "rows") return <RowFields {...rest} field={field} />;
  // A kind with one value only has nothing to fill in.
  if (field.kind === "choice" && field.choices.length === 1) return null;
  return (
    <Input
      {...{ form, path, field, value, description, invalid, readOnly }}
      id={`${prefix}-${pathText(path)}-value`}
      onChange={(next) => form.set(path, next ?? emptyOf(field))}
      onBlur={() => form.touch(pathText(path))}
    />
  );
}
