/** A block whose type nobody has registered here: what is stored, to be read. */
import type { VNode } from "preact";
import type { BlockDocument } from "../../runtime/protocol/blocks.ts";
import { relativePath } from "../kit/format.ts";
import { usePage } from "../kit/host-context.tsx";
import { Banner } from "../kit/notices.tsx";
import { TextArea } from "../kit/toolkit.ts";
import { Logo } from "./logo.tsx";

export function Untyped({ document }: { readonly document: BlockDocument }): VNode {
  const { host, surroundings, attempt } = usePage();
  const text = JSON.stringify(document.data, null, 2);
  const register = {
    title: "Register Blocks…",
    run: () => attempt(host.call("command", { command: "registerBlocks" })),
  };
  return (
    <div class="block-page">
      <header class="block-header">
        <Logo type={undefined} />
        <h1 class="ellipsis">{document.name}</h1>
        <span class="muted">{document.block_type_name}</span>
      </header>
      <Banner kind="warning" actions={surroundings.value.trusted ? [register] : []}>
        The type {document.block_type_name} ({document.block_type_slug}) is not registered in this home any more, so the
        block can be read, but neither changed nor tested.{" "}
        {document.type_module === null ? (
          "Register the file or package that declares it again."
        ) : (
          <>
            It was declared by <code>{relativePath(document.type_module, surroundings.value.folders)}</code>: register
            that again, or what declares it now.
          </>
        )}
      </Banner>
      <TextArea
        label="The block as JSON"
        code
        readOnly
        rows={Math.min(text.split("\n").length + 1, 24)}
        value={text}
        onChange={() => {}}
      />
    </div>
  );
}
