/**
 * The one module that knows @vscode/webview-ui-toolkit, which its makers no longer keep up: pages use the components
 * below and never see its elements, events or attributes, so a successor is a change of this file alone.
 */
import {
  provideVSCodeDesignSystem,
  vsCodeBadge,
  vsCodeButton,
  vsCodeCheckbox,
  vsCodeDataGrid,
  vsCodeDataGridCell,
  vsCodeDataGridRow,
  vsCodeDropdown,
  vsCodeOption,
  vsCodeProgressRing,
  vsCodeRadio,
  vsCodeRadioGroup,
  vsCodeTextArea,
  vsCodeTextField,
} from "@vscode/webview-ui-toolkit";
import { type ComponentChildren, h, type VNode } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import "./toolkit.css";

const elements = {
  badge: vsCodeBadge,
  button: vsCodeButton,
  checkbox: vsCodeCheckbox,
  "data-grid": vsCodeDataGrid,
  "data-grid-cell": vsCodeDataGridCell,
  "data-grid-row": vsCodeDataGridRow,
  dropdown: vsCodeDropdown,
  option: vsCodeOption,
  "progress-ring": vsCodeProgressRing,
  radio: vsCodeRadio,
  "radio-group": vsCodeRadioGroup,
  "text-area": vsCodeTextArea,
  "text-field": vsCodeTextField,
} as const;

const system = provideVSCodeDesignSystem().withPrefix("mr");
const registered = new Set<keyof typeof elements>();

/** Each takes a millisecond, and the first that a page shows are a few buttons. */
function register(tag: keyof typeof elements): void {
  if (registered.has(tag)) return;
  registered.add(tag);
  // It makes its rows and cells itself.
  if (tag === "data-grid") for (const part of ["data-grid-row", "data-grid-cell"] as const) register(part);
  system.register(elements[tag]());
}

/** `h` cannot know these elements' properties. */
function element(
  tag: keyof typeof elements,
  properties: Readonly<Record<string, unknown>>,
  ...children: ComponentChildren[]
): VNode {
  register(tag);
  return h(`mr-${tag}`, properties, ...children);
}

export interface ButtonProps {
  readonly children?: ComponentChildren;
  readonly onClick: () => void;
  readonly kind?: "primary" | "secondary" | "icon";
  /** Codicon before the text, or the whole of an icon button. */
  readonly icon?: string;
  readonly disabled?: boolean;
  /** Tooltip; of an icon button also its name. */
  readonly title?: string;
  readonly expanded?: boolean;
  readonly pressed?: boolean;
  readonly class?: string;
}

/** An icon button needs a `title`: it is all that a screen reader can say. */
export function Button(props: ButtonProps): VNode {
  const { kind = "secondary", icon } = props;
  const glyph = icon === undefined ? null : h("span", { class: `codicon codicon-${icon}`, "aria-hidden": "true" });
  return element(
    "button",
    {
      // Before `appearance`: an icon button without a name would call itself "Icon Button".
      "aria-label": kind === "icon" ? props.title : undefined,
      appearance: kind,
      class: [props.class, kind !== "icon" && icon !== undefined ? "with-icon" : undefined].filter(Boolean).join(" "),
      disabled: props.disabled === true,
      title: props.title,
      ariaExpanded: props.expanded === undefined ? null : String(props.expanded),
      ariaPressed: props.pressed === undefined ? null : String(props.pressed),
      onClick: () => {
        if (props.disabled !== true) props.onClick();
      },
    },
    kind === "icon" || glyph === null ? glyph : h("span", { slot: "start" }, glyph),
    props.children,
  );
}

export interface FieldProps<Value> {
  readonly value: Value;
  readonly onChange: (value: Value) => void;
  /** What a screen reader calls it; a visible label stands beside it. */
  readonly label: string;
  /** What it says besides: the help text, and what is wrong. */
  readonly description?: string;
  readonly id?: string;
  readonly disabled?: boolean;
  readonly readOnly?: boolean;
  readonly required?: boolean;
  readonly invalid?: boolean;
}

export interface TextFieldProps extends FieldProps<string> {
  readonly secret?: boolean;
  readonly placeholder?: string;
  /** Codicon at its beginning. */
  readonly icon?: string;
  readonly onEnter?: () => void;
  readonly onEscape?: () => void;
  readonly onBlur?: () => void;
}

interface TextElement extends HTMLElement {
  value: string;
  readonly control: HTMLElement | undefined;
}

/** What the toolkit does not hand on to the native control within. */
function useControl({ label, description }: FieldProps<string>) {
  const ref = useRef<TextElement>(null);
  // When it is inserted it names itself "Text field".
  useLayoutEffect(() => ref.current?.setAttribute("aria-label", label), [label]);
  useLayoutEffect(() => {
    const control = ref.current?.control;
    if (description) control?.setAttribute("aria-description", description);
    else control?.removeAttribute("aria-description");
  }, [description]);
  return ref;
}

function textProperties(props: FieldProps<string>) {
  return {
    id: props.id,
    class: props.invalid === true ? "invalid" : undefined,
    value: props.value,
    disabled: props.disabled === true,
    readOnly: props.readOnly === true,
    "aria-invalid": props.invalid === true ? "true" : undefined,
    "aria-required": props.required === true ? "true" : undefined,
    onInput: (event: Event) => props.onChange((event.currentTarget as TextElement).value),
  };
}

export function TextField(props: TextFieldProps): VNode {
  return element(
    "text-field",
    {
      ...textProperties(props),
      ref: useControl(props),
      type: props.secret === true ? "password" : "text",
      placeholder: props.placeholder ?? "",
      spellcheck: false,
      autocomplete: "off",
      onBlur: props.onBlur,
      onKeyDown: (event: KeyboardEvent) => {
        if (event.key === "Enter" && !event.isComposing && !event.ctrlKey && !event.metaKey) props.onEnter?.();
        if (event.key === "Escape") props.onEscape?.();
      },
    },
    props.icon === undefined
      ? null
      : h("span", { slot: "start", class: `codicon codicon-${props.icon}`, "aria-hidden": "true" }),
  );
}

export interface TextAreaProps extends FieldProps<string> {
  readonly rows?: number;
  /** Monospace, without line breaks of its own: code and JSON. */
  readonly code?: boolean;
  readonly placeholder?: string;
  readonly onBlur?: () => void;
}

export function TextArea(props: TextAreaProps): VNode {
  const { class: invalid, ...rest } = textProperties(props);
  return element("text-area", {
    ...rest,
    class: [invalid, props.code === true ? "code" : undefined].filter(Boolean).join(" "),
    ref: useControl(props),
    rows: props.rows ?? 4,
    resize: "vertical",
    placeholder: props.placeholder ?? "",
    spellcheck: false,
    onBlur: props.onBlur,
  });
}

export interface CheckboxProps extends FieldProps<boolean> {
  /** The text beside the box; `label` when left out. */
  readonly children?: ComponentChildren;
}

interface CheckElement extends HTMLElement {
  checked: boolean;
}

export function Checkbox(props: CheckboxProps): VNode {
  return element(
    "checkbox",
    {
      id: props.id,
      checked: props.value,
      disabled: props.disabled === true,
      readOnly: props.readOnly === true,
      "aria-label": props.label,
      "aria-description": props.description,
      "aria-invalid": props.invalid === true ? "true" : undefined,
      // It also tells of changes that a page itself has made.
      onChange: (event: Event) => {
        const { checked } = event.currentTarget as CheckElement;
        if (checked !== props.value) props.onChange(checked);
      },
    },
    props.children ?? props.label,
  );
}

export interface Choice {
  readonly value: string;
  readonly label: string;
}

export interface ChoiceProps extends FieldProps<string> {
  readonly choices: readonly Choice[];
}

interface ChoiceElement extends HTMLElement {
  value: string;
}

/** A value that is none of the choices is shown as nothing chosen. */
function useChoice(props: ChoiceProps) {
  const ref = useRef<ChoiceElement>(null);
  useLayoutEffect(() => {
    // Its options are known to it only when their slot was filled, one turn later.
    const apply = () => {
      if (ref.current !== null && ref.current.value !== props.value) ref.current.value = props.value;
    };
    apply();
    const frame = requestAnimationFrame(apply);
    return () => cancelAnimationFrame(frame);
  });
  return {
    ref,
    id: props.id,
    class: props.invalid === true ? "invalid" : undefined,
    disabled: props.disabled === true || props.readOnly === true,
    "aria-label": props.label,
    "aria-description": props.description,
    "aria-invalid": props.invalid === true ? "true" : undefined,
    "aria-required": props.required === true ? "true" : undefined,
    onChange: (event: Event) => {
      const { value } = event.currentTarget as ChoiceElement;
      if (value !== props.value && props.choices.some((choice) => choice.value === value)) props.onChange(value);
    },
  };
}

export function Dropdown(props: ChoiceProps): VNode {
  return element(
    "dropdown",
    useChoice(props),
    props.choices.map(({ value, label }) =>
      element("option", { key: value, value, ...(value === props.value ? { selected: true } : {}) }, label),
    ),
  );
}

export function RadioGroup(props: ChoiceProps & { readonly vertical?: boolean }): VNode {
  return element(
    "radio-group",
    { ...useChoice(props), orientation: props.vertical === true ? "vertical" : "horizontal" },
    props.choices.map(({ value, label }) => element("radio", { key: value, value }, label)),
  );
}

/** Silent: whoever shows it says in words what is waited for. */
export function ProgressRing(): VNode {
  const ref = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    // It makes itself an alert that is read out each time it appears.
    ref.current?.setAttribute("role", "presentation");
    ref.current?.setAttribute("aria-live", "off");
    ref.current?.setAttribute("aria-hidden", "true");
    ref.current?.removeAttribute("aria-label");
  }, []);
  return element("progress-ring", { ref });
}

export function Badge({ children }: { readonly children: ComponentChildren }): VNode {
  return element("badge", {}, children);
}

export interface DataGridProps {
  readonly label: string;
  readonly columns: readonly { readonly key: string; readonly title: string }[];
  /** At most 100: it draws them all, and slowly. */
  readonly rows: readonly Readonly<Record<string, string>>[];
}

export function DataGrid({ label, columns, rows }: DataGridProps): VNode {
  return element("data-grid", {
    "aria-label": label,
    "generate-header": "sticky",
    gridTemplateColumns: columns.map(() => "minmax(64px, 1fr)").join(" "),
    columnDefinitions: columns.map(({ key, title }) => ({ columnDataKey: key, title })),
    rowsData: rows,
  });
}
