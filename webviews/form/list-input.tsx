/** A list of scalars: chips, one a line, and a box to add some; ticks where only a few values are allowed. */
import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useRef } from "preact/hooks";
import { usePage } from "../kit/host-context.tsx";
import { Icon } from "../kit/icon.tsx";
import { Checkbox } from "../kit/toolkit.ts";
import type { InputProps } from "./field-view.tsx";
import { readItems } from "./lists.ts";
import { pathText, sameJson } from "./values.ts";

export function ListInput(props: InputProps<"list">): VNode {
  return props.field.choices === null ? <Chips {...props} /> : <Ticks {...props} />;
}

function Ticks({ field, value, onChange, readOnly, id, description }: InputProps<"list">): VNode {
  const chosen = Array.isArray(value) ? value : [];
  return (
    // biome-ignore lint/a11y/useSemanticElements: the label of the field stands outside.
    <div class="ticks" role="group" id={id} tabIndex={-1} aria-label={field.label} aria-description={description}>
      {(field.choices ?? []).map((choice) => (
        <Checkbox
          key={choice.label}
          label={choice.label}
          disabled={readOnly}
          value={chosen.some((one) => sameJson(one, choice.value))}
          onChange={(isOn) =>
            onChange(isOn ? [...chosen, choice.value] : chosen.filter((one) => !sameJson(one, choice.value)))
          }
        />
      ))}
    </div>
  );
}

function Chips(props: InputProps<"list">): VNode {
  const { field, form, value, onChange, readOnly } = props;
  const { announce } = usePage();
  const key = pathText(props.path);
  const items: readonly unknown[] = Array.isArray(value) ? value : [];
  const typed = useSignal("");
  const input = useRef<HTMLInputElement>(null);
  const bad = new Set(
    (form.problems.value.byField.get(key) ?? []).flatMap(({ within }) => /^\[(\d+)\]/.exec(within)?.[1] ?? []),
  );

  const add = (text: string) => {
    const read = readItems(text, field.item);
    typed.value = read.wrong.join(", ");
    form.setDraft(key, read.wrong.length === 0 ? null : `${read.wrong.join(", ")}: this is no number.`);
    if (read.items.length > 0) onChange([...items, ...read.items]);
  };
  const remove = (index: number) => {
    announce(`Removed ${String(items[index])}`);
    onChange(items.filter((_, at) => at !== index));
    input.current?.focus();
  };

  return (
    <div class={props.invalid ? "chips invalid" : "chips"}>
      <ul class="chip-list" aria-label={field.label}>
        {items.map((item, index) => (
          <li key={`${index} ${String(item)}`} class={bad.has(String(index)) ? "chip invalid" : "chip"}>
            <span class="ellipsis" title={textOf(item)}>
              {textOf(item)}
            </span>
            {readOnly ? null : (
              <button
                type="button"
                class="chip-remove"
                aria-label={`Remove ${textOf(item)}`}
                title="Remove"
                onClick={() => remove(index)}
              >
                <Icon name="close" />
              </button>
            )}
          </li>
        ))}
      </ul>
      <input
        id={props.id}
        ref={input}
        class="chip-input"
        aria-label={`Add to ${field.label}`}
        inputMode={field.item === "number" ? "decimal" : "text"}
        autocomplete="off"
        spellcheck={false}
        placeholder={items.length === 0 ? "Add a value, Enter" : "Add"}
        aria-description={props.description}
        aria-invalid={props.invalid}
        readOnly={readOnly}
        value={typed.value}
        onInput={(event) => {
          typed.value = event.currentTarget.value;
          if (/[,\n]/.test(typed.value) && !/"[^"]*$/.test(typed.value) && !typed.value.startsWith("["))
            add(typed.value);
        }}
        onPaste={(event) => {
          const text = event.clipboardData?.getData("text") ?? "";
          if (!/[,\n]/.test(text)) return;
          event.preventDefault();
          add(text);
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter" && !event.isComposing) {
            if (event.ctrlKey || event.metaKey) return add(typed.value);
            event.preventDefault();
            add(typed.value);
          } else if (event.key === "Backspace" && typed.value === "" && items.length > 0) remove(items.length - 1);
        }}
        onBlur={() => {
          add(typed.value);
          props.onBlur();
        }}
      />
    </div>
  );
}

function textOf(item: unknown): string {
  return typeof item === "string" ? item : JSON.stringify(item);
}
