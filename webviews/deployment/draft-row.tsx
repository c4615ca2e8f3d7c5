/** A text of the draft: what stands there, what is wrong with it, and what typing changes. */
import type { VNode } from "preact";
import type { DeployState } from "./deploy-state.ts";
import type { Draft } from "./draft.ts";
import { problemAt, TextRow, type TextRowProps } from "./fields.tsx";

type TextOfDraft = { [Name in keyof Draft]: string extends Draft[Name] ? Name : never }[keyof Draft];

export interface DraftRowProps extends Omit<TextRowProps, "value" | "onChange" | "problem"> {
  readonly state: DeployState;
  readonly field: TextOfDraft;
  /** Its path in the settings, where the service says what is wrong. */
  readonly at: string;
}

export function DraftRow({ state, field, at, ...row }: DraftRowProps): VNode {
  return (
    <TextRow
      {...row}
      value={state.draft.value[field]}
      problem={problemAt(state.problems.value, at)}
      onChange={(text) => state.set({ [field]: text })}
    />
  );
}
