/** A field of the page with its label, help and what is wrong with it. */
import type { ComponentChildren, VNode } from "preact";
import type { FieldProblem } from "../../runtime/protocol/errors.ts";
import { type Choice, Dropdown, TextField } from "../kit/toolkit.ts";

export interface LabelledProps {
  readonly id: string;
  readonly label: string;
  readonly help?: ComponentChildren;
  readonly problem?: string | null;
  readonly required?: boolean;
  readonly children: ComponentChildren;
}

export function Labelled({ id, label, help, problem, required, children }: LabelledProps): VNode {
  return (
    <div class="field">
      <div class="field-head">
        <label class="field-label" for={id}>
          {label}
          {required === true ? (
            <span class="field-required" title="Required" aria-hidden="true">
              *
            </span>
          ) : null}
        </label>
      </div>
      {children}
      {problem == null ? null : <p class="field-problem">{problem}</p>}
      {help === undefined ? null : <p class="field-note muted">{help}</p>}
    </div>
  );
}

export interface TextRowProps {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly help?: string;
  readonly problem?: string | null;
  readonly required?: boolean;
  readonly readOnly?: boolean;
  readonly placeholder?: string;
}

export function TextRow(props: TextRowProps): VNode {
  const { id, label, value, onChange, help, problem = null, readOnly, placeholder } = props;
  return (
    <Labelled {...props}>
      <TextField
        {...{ id, label, value, onChange }}
        description={[problem, help].filter(Boolean).join(" ")}
        invalid={problem !== null}
        readOnly={readOnly === true}
        required={props.required === true}
        {...(placeholder === undefined ? {} : { placeholder })}
      />
    </Labelled>
  );
}

export interface ChoiceRowProps extends Omit<TextRowProps, "placeholder"> {
  readonly choices: readonly Choice[];
}

export function ChoiceRow(props: ChoiceRowProps): VNode {
  const { id, label, value, onChange, help, problem = null, readOnly, choices } = props;
  return (
    <Labelled {...props}>
      <Dropdown
        {...{ id, label, value, onChange, choices }}
        description={[problem, help].filter(Boolean).join(" ")}
        invalid={problem !== null}
        readOnly={readOnly === true}
      />
    </Labelled>
  );
}

/** What is wrong at a place, or below it with `deep`. */
export function problemAt(problems: readonly FieldProblem[], path: string, deep = false): string | null {
  const found = problems.filter((one) => one.path === path || (deep && one.path.startsWith(`${path}.`)));
  return found.length === 0 ? null : found.map(({ message }) => message).join("; ");
}

/** What the service says of a part of the settings, where no field says it yet. */
export function Told({ text }: { readonly text: string | null }): VNode | null {
  return text === null ? null : <p class="field-problem">{text}</p>;
}
