import type { BlockFields } from "../form/block-fields.ts";
import type { Host } from "../kit/host.ts";
import type { BlockForm } from "./block-form.ts";
import type { BlockState } from "./block-state.ts";
import { NestedBlock } from "./nested-block.tsx";

/** What the fields of a block's form know of its secrets and of other blocks. */
export function blockFieldsOf(state: BlockState, block: BlockForm, host: Host): BlockFields {
  return {
    isSaved: block.isSaved,
    names: state.names,
    typeName: (slug) => state.typeOf(slug)?.name ?? slug,
    open: (slug, name) => void host.call("openBlock", { slug, name }),
    create(slug, done) {
      const type = state.typeOf(slug);
      return type === undefined ? null : <NestedBlock state={state} type={type} done={done} />;
    },
  };
}
