import type { VNode } from "preact";
import { TextField } from "../kit/toolkit.ts";
import type { BlockForm } from "./block-form.ts";

/** The name of a block that is not saved yet. */
export function NameField({ block, id }: { readonly block: BlockForm; readonly id: string }): VNode {
  const problem = block.nameProblem.value;
  const help = `Code loads it by this name: ${block.type.class_name}.load("…")`;
  return (
    <div class="field">
      <div class="field-head">
        <label class="field-label" for={id}>
          Name
          <span class="field-required" title="Required" aria-hidden="true">
            *
          </span>
        </label>
      </div>
      <TextField
        id={id}
        label="Name"
        description={[problem, help].filter(Boolean).join(" ")}
        required
        invalid={problem !== null}
        value={block.name.value}
        onChange={(text) => {
          block.name.value = text;
        }}
        onBlur={() => {
          if (block.name.value !== "") block.touchName();
        }}
      />
      {problem === null ? null : <p class="field-problem">{problem}</p>}
      <p class="field-note muted">{help}</p>
    </div>
  );
}
