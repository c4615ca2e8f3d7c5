/** Objects within a form, and lists of them. */
import type { VNode } from "preact";
import { usePage } from "../kit/host-context.tsx";
import { Button } from "../kit/toolkit.ts";
import { FieldView, type FieldViewProps } from "./field-view.tsx";
import type { Field } from "./fields.ts";
import { messageText } from "./problems.ts";
import { rowField } from "./rows.ts";
import { UnionFields } from "./union-input.tsx";
import { valueAs } from "./unions.ts";
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

/** What a new row begins with. */
function firstOf(field: Of<"rows">["field"]): unknown {
  const first = field.of?.variants[0];
  return first === undefined ? initialOf(field.fields) : valueAs(first, undefined, undefined);
}

function RowOf(props: Of<"rows"> & { readonly index: number }): VNode {
  const { field, form, path, index, prefix, readOnly } = props;
  const union = rowField(field, index);
  const common = { form, prefix, readOnly };
  if (union === null) {
    return (
      <>
        {field.fields.map((inner) => (
          <FieldView key={inner.name} {...common} field={inner} path={[...path, index, inner.name]} />
        ))}
      </>
    );
  }
  const messages = (form.problems.value.byField.get(pathText([...path, index])) ?? []).map(messageText);
  return (
    <>
      <UnionFields
        {...common}
        field={union}
        path={[...path, index]}
        description={messages.join(" ")}
        invalid={messages.length > 0}
      />
      {messages.map((message) => (
        <p key={message} class="field-problem">
          {message}
        </p>
      ))}
    </>
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
        <fieldset key={index} class="field-row" aria-label={`${field.label} ${index + 1}`}>
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
          <RowOf {...{ field, form, path, index, prefix, readOnly }} />
        </fieldset>
      ))}
      {readOnly ? null : (
        <div>
          <Button icon="add" onClick={() => form.set(path, [...rows, firstOf(field)])}>
            Add
          </Button>
        </div>
      )}
    </div>
  );
}
