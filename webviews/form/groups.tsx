/** Objects within a form, and lists of them. */
import type { VNode } from "preact";
import { usePage } from "../kit/host-context.tsx";
import { Button } from "../kit/toolkit.ts";
import { FieldView, type FieldViewProps } from "./field-view.tsx";
import type { Field } from "./fields.ts";
import { initialOf, pathText, valueAt } from "./values.ts";

type Of<Kind extends Field["kind"]> = Omit<FieldViewProps, "field"> & {
  readonly field: Extract<Field, { readonly kind: Kind }>;
};

export function GroupFields({ field, path, ...rest }: Of<"group">): VNode {
  return (
    <div class="field-inner">
      {field.fields.map((inner) => (
        <FieldView key={inner.name} {...rest} field={inner} path={[...path, inner.name]} />
      ))}
    </div>
  );
}

export function RowFields({ field, path, form, readOnly, prefix }: Of<"rows">): VNode {
  const { announce } = usePage();
  const value = valueAt(form.fields.value ?? [], form.values.value, path, field);
  const rows: readonly unknown[] = Array.isArray(value) ? value : [];
  const key = pathText(path);
  return (
    <div class="field-rows">
      {rows.map((_, index) => (
        <fieldset key={index} class="field-row">
          <legend class="field-head">
            <span class="muted numeric">{index + 1}</span>
            {readOnly ? null : (
              <Button
                kind="icon"
                icon="trash"
                title={`Remove ${field.label} ${index + 1}`}
                onClick={() => {
                  form.set(
                    path,
                    rows.filter((__, at) => at !== index),
                  );
                  form.touch(key);
                  announce(`Removed ${field.label} ${index + 1}`);
                }}
              />
            )}
          </legend>
          {field.fields.map((inner) => (
            <FieldView
              key={inner.name}
              form={form}
              field={inner}
              path={[...path, index, inner.name]}
              prefix={prefix}
              readOnly={readOnly}
            />
          ))}
        </fieldset>
      ))}
      {readOnly ? null : (
        <div>
          <Button icon="add" onClick={() => form.set(path, [...rows, initialOf(field.fields)])}>
            Add
          </Button>
        </div>
      )}
    </div>
  );
}
