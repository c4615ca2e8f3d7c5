/** A field that holds another block: one of those that are there, or one that is made here. */
import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { Button, Dropdown } from "../kit/toolkit.ts";
import type { BlockFields } from "./block-fields.ts";
import type { InputProps } from "./field-view.tsx";
import { JsonInput } from "./inputs.tsx";
import { isObject } from "./schema.ts";

type ReferenceProps = InputProps<"reference"> & { readonly blocks: BlockFields | null };

export function ReferenceInput({ blocks, field, ...rest }: ReferenceProps): VNode {
  if (blocks === null) return <JsonInput {...rest} field={{ ...field, kind: "json" }} />;
  return <BlockChoice {...rest} field={field} blocks={blocks} />;
}

function BlockChoice(props: InputProps<"reference"> & { readonly blocks: BlockFields }): VNode {
  const { field, value, onChange, blocks, readOnly } = props;
  const { slug } = field;
  const creating = useSignal(false);
  const names = blocks.names(slug);
  const chosen = referredName(value, slug);
  const typeName = blocks.typeName(slug);
  const isMissing = chosen !== null && !names.includes(chosen);
  const none = { value: "", label: field.required ? (names.length === 0 ? "None yet" : "Choose…") : "none" };
  return (
    <>
      <div class="reference">
        <Dropdown
          id={props.id}
          label={field.label}
          description={props.description}
          required={field.required}
          invalid={props.invalid || isMissing}
          disabled={readOnly}
          value={chosen ?? ""}
          choices={[
            none,
            ...names.map((name) => ({ value: name, label: name })),
            ...(isMissing ? [{ value: chosen, label: `${chosen} (missing)` }] : []),
          ]}
          onChange={(name) => onChange(name === "" ? undefined : { $block: `${slug}/${name}` })}
        />
        {chosen === null || isMissing ? null : (
          <Button kind="icon" icon="go-to-file" title={`Open ${chosen}`} onClick={() => blocks.open(slug, chosen)} />
        )}
        {readOnly ? null : (
          <Button
            kind="icon"
            icon="add"
            title={`Create ${typeName}`}
            expanded={creating.value}
            onClick={() => {
              creating.value = !creating.value;
            }}
          />
        )}
      </div>
      {creating.value
        ? blocks.create(slug, (name) => {
            creating.value = false;
            if (name !== null) onChange({ $block: `${slug}/${name}` });
          })
        : null}
    </>
  );
}

/** The name in "slug/name" when it is of this type. */
export function referredName(value: unknown, slug: string): string | null {
  const text = isObject(value) ? value["$block"] : undefined;
  return typeof text === "string" && text.startsWith(`${slug}/`) ? text.slice(slug.length + 1) : null;
}
