/** A block that is made where another one refers to it. */
import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useId, useMemo } from "preact/hooks";
import type { BlockType } from "../../runtime/protocol/blocks.ts";
import { BlockFieldsProvider } from "../form/block-fields.ts";
import { FormView, focusFirstBad } from "../form/form-view.tsx";
import { failureText } from "../kit/failure.ts";
import { HostProblem } from "../kit/host.ts";
import { usePage } from "../kit/host-context.tsx";
import { Banner } from "../kit/notices.tsx";
import { Button } from "../kit/toolkit.ts";
import { createBlockForm } from "./block-form.ts";
import type { BlockState } from "./block-state.ts";
import { NameField } from "./name-field.tsx";
import { blockFieldsOf } from "./reference-fields.tsx";

export interface NestedBlockProps {
  readonly state: BlockState;
  readonly type: BlockType;
  readonly done: (name: string | null) => void;
}

export function NestedBlock({ state, type, done }: NestedBlockProps): VNode {
  const { host, surroundings } = usePage();
  const id = useId();
  const busy = useSignal(false);
  const problem = useSignal<string | null>(null);
  const block = useMemo(
    () => createBlockForm({ type, document: null, isCopy: false, name: "", taken: () => state.names(type.slug) }),
    [type, state],
  );
  const create = async () => {
    if (busy.value) return;
    const draft = await block.submit({ withName: true });
    if (draft === null) return focusFirstBad(block.form, id);
    busy.value = true;
    problem.value = null;
    try {
      const { name } = await host.call("createBlock", { draft });
      done(name);
    } catch (thrown) {
      if (thrown instanceof HostProblem && thrown.fields.length > 0) {
        const ofName = thrown.fields.find(({ path }) => path === "name");
        if (ofName !== undefined) block.tellName(ofName.message);
        block.form.tell(thrown.fields.filter((field) => field !== ofName));
      } else problem.value = failureText(thrown);
      busy.value = false;
    }
  };
  return (
    <section class="block-nested" aria-label={`New ${type.name}`}>
      <h3>New {type.name}</h3>
      <NameField block={block} id={`${id}-name`} />
      <BlockFieldsProvider value={blockFieldsOf(state, block, host)}>
        <FormView form={block.form} id={id} what="fields" onRun={() => void create()} />
      </BlockFieldsProvider>
      {problem.value === null ? null : <Banner kind="error">{problem.value}</Banner>}
      <div class="toolbar">
        <Button
          kind="primary"
          disabled={busy.value || surroundings.value.service !== "connected"}
          onClick={() => void create()}
        >
          Create
        </Button>
        <Button onClick={() => done(null)}>Cancel</Button>
      </div>
    </section>
  );
}
