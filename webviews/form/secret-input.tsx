/** Secrets of blocks: what is saved never comes here, so it can only be kept, replaced, removed. */
import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { hiddenSecret } from "../../runtime/protocol/blocks.ts";
import { usePage } from "../kit/host-context.tsx";
import { Icon } from "../kit/icon.tsx";
import { Link } from "../kit/link.tsx";
import { Button, TextField } from "../kit/toolkit.ts";
import type { BlockFields } from "./block-fields.ts";
import type { InputProps } from "./field-view.tsx";
import type { Field } from "./fields.ts";
import { isEntered, isVariable, type SecretSummary, summaryOf } from "./secrets.ts";
import { pathText } from "./values.ts";

type SecretProps = InputProps<"text"> & { readonly blocks: BlockFields };

/** A key file is a few kilobytes; what is larger is none. */
const largestFile = 64 * 1024;

export function SecretInput(props: SecretProps): VNode {
  const { field, value, onChange, readOnly, blocks } = props;
  const isSaved = blocks.isSaved(pathText(props.path));
  /** After Replace and its like the keyboard goes to what took the button's place. */
  const focuses = useSignal(false);
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!focuses.value) return;
    focuses.value = false;
    frame.current?.querySelector<HTMLElement>("mr-text-field, button, mr-button")?.focus();
  });
  const change = (next: unknown) => {
    focuses.value = true;
    onChange(next);
  };
  const keep = isSaved ? { title: "Keep the saved one", run: () => change(hiddenSecret) } : null;
  const useVariable = { title: "Use environment variable", run: () => change({ $env: "" }) };
  const replace = { title: "Replace", run: () => change(undefined) };

  const content = (): VNode => {
    if (value === hiddenSecret) {
      const remove = { title: "Remove", run: () => change(null) };
      return (
        <Shown
          {...props}
          text={hiddenSecret}
          says={`${field.label}: a secret is saved`}
          actions={[replace, ...(field.required ? [] : [remove]), useVariable]}
        />
      );
    }
    if (isVariable(value)) {
      const enter = isSaved ? keep : { title: "Enter the value", run: () => change(undefined) };
      return (
        <>
          <VariableInput {...props} field={field} />
          <Actions field={field} actions={[...(isSaved ? [replace] : []), enter]} readOnly={readOnly} />
        </>
      );
    }
    if (isEntered(value)) {
      return (
        <Shown {...props} text="Entered, not saved yet" says={`${field.label}: entered`} actions={[replace, keep]} />
      );
    }
    const text = typeof value === "string" ? value : "";
    const summary = summaryOf(text);
    if (summary !== undefined) {
      return <Shown {...props} text={summary} says={`${field.label}: ${summary.title}`} actions={[replace, keep]} />;
    }
    return (
      <>
        <SecretText {...props} text={text} />
        <Actions field={field} actions={[keep, useVariable]} readOnly={readOnly} />
        {value === null && isSaved ? (
          <p class="field-note" role="status">
            The saved secret is removed when the block is saved.
          </p>
        ) : null}
      </>
    );
  };
  return (
    <FileTarget disabled={readOnly} onText={change}>
      <div class="secret" ref={frame}>
        {content()}
      </div>
    </FileTarget>
  );
}

interface SecretAction {
  readonly title: string;
  readonly run: () => void;
}

function Shown(
  props: SecretProps & {
    readonly text: string | SecretSummary;
    readonly says: string;
    readonly actions: readonly (SecretAction | null)[];
  },
): VNode {
  const { text } = props;
  return (
    <>
      <div class={props.invalid ? "secret-shown invalid" : "secret-shown"} id={props.id} tabIndex={-1}>
        <Icon name={typeof text === "string" ? "lock" : "file-code"} label={props.says} />
        {typeof text === "string" ? (
          <span class="ellipsis">{text}</span>
        ) : (
          <span class="ellipsis" title={text.title}>
            {text.title} <span class="muted">{text.detail}</span>
          </span>
        )}
      </div>
      <Actions field={props.field} actions={props.actions} readOnly={props.readOnly} />
    </>
  );
}

function Actions(props: {
  readonly actions: readonly (SecretAction | null)[];
  readonly field: Field;
  readonly readOnly: boolean;
}): VNode | null {
  if (props.readOnly) return null;
  return (
    <div class="secret-actions">
      {props.actions.map((action) =>
        action === null ? null : (
          <Link key={action.title} label={`${action.title}: ${props.field.label}`} onClick={action.run}>
            {action.title}
          </Link>
        ),
      )}
    </div>
  );
}

function SecretText(props: SecretProps & { readonly text: string }): VNode {
  const { field, readOnly, onChange } = props;
  const file = useRef<HTMLInputElement>(null);
  const paste = (event: ClipboardEvent) => {
    const pasted = event.clipboardData?.getData("text") ?? "";
    // An input of one line would lose the line breaks of a key.
    if (!pasted.trim().includes("\n")) return;
    event.preventDefault();
    onChange(pasted);
  };
  return (
    <div class="secret-text" onPaste={paste}>
      <TextField
        id={props.id}
        label={field.label}
        description={props.description}
        required={field.required}
        invalid={props.invalid}
        readOnly={readOnly}
        secret
        value={props.text}
        onChange={(text) => onChange(text === "" ? undefined : text)}
        onBlur={props.onBlur}
      />
      {readOnly ? null : (
        <>
          <Button kind="icon" icon="folder-opened" title="Read it from a file…" onClick={() => file.current?.click()} />
          <input
            ref={file}
            type="file"
            hidden
            onChange={({ currentTarget }) => {
              const [chosen] = currentTarget.files ?? [];
              if (chosen !== undefined && chosen.size <= largestFile) void chosen.text().then(onChange);
              currentTarget.value = "";
            }}
          />
        </>
      )}
    </div>
  );
}

/** A file that is dropped here is the secret. */
function FileTarget(props: {
  readonly disabled: boolean;
  readonly onText: (text: string) => void;
  readonly children: VNode;
}): VNode {
  const { announce } = usePage();
  const over = useSignal(false);
  if (props.disabled) return props.children;
  const hasFile = (event: DragEvent) => event.dataTransfer?.types.includes("Files") === true;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: files are dropped here; the keyboard has the file button.
    <div
      class={over.value ? "file-target over" : "file-target"}
      onDragOver={(event) => {
        if (!hasFile(event)) return;
        event.preventDefault();
        over.value = true;
      }}
      onDragLeave={() => {
        over.value = false;
      }}
      onDrop={(event) => {
        over.value = false;
        const file = event.dataTransfer?.files[0];
        if (file === undefined) return;
        event.preventDefault();
        if (file.size > largestFile) return announce(`${file.name} is too large for a secret`);
        void file.text().then((text) => {
          props.onText(text);
          announce(`Read ${file.name}`);
        });
      }}
    >
      {props.children}
    </div>
  );
}

/** Any field may have the value that a variable has where the block is loaded. */
export function VariableInput(props: Omit<InputProps<"text">, "field"> & { readonly field: Field }): VNode {
  const { field, value } = props;
  return (
    <TextField
      id={props.id}
      label={`${field.label}: name of an environment variable`}
      description={props.description}
      icon="symbol-variable"
      placeholder="NAME"
      invalid={props.invalid}
      readOnly={props.readOnly}
      value={isVariable(value) ? value.$env : ""}
      onChange={(name) => props.onChange({ $env: name.trim() })}
      onBlur={props.onBlur}
    />
  );
}
