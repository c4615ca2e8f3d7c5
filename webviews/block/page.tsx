/** The page of a block: its fields, or the types to choose from while it has none. */
import "./block.css";
import type { VNode } from "preact";
import { useMemo } from "preact/hooks";
import type { Host } from "../kit/host.ts";
import { Banner, EmptyState, Skeleton } from "../kit/notices.tsx";
import { startPage } from "../kit/start-page.tsx";
import { createBlockState } from "./block-state.ts";
import { BlockView } from "./block-view.tsx";
import { Gallery } from "./gallery.tsx";
import { Untyped } from "./untyped.tsx";

function Page({ host }: { readonly host: Host }): VNode {
  const state = useMemo(() => createBlockState({ host }), [host]);
  const form = state.form.value;
  const saved = state.document.value;
  switch (state.phase.value) {
    case "gallery":
      return <Gallery state={state} />;
    case "untyped":
      return saved === null ? <Skeleton label="Reading the block" /> : <Untyped document={saved} />;
    case "unread":
      return (
        <div class="block-page">
          <Banner
            kind="error"
            actions={[
              { title: "Try Again", run: () => void host.call("command", { command: "startService" }) },
              { title: "Show Log", run: () => void host.call("command", { command: "showLog" }) },
            ]}
          >
            Blocks could not be read: {state.blocks.value?.problem}
          </Banner>
        </div>
      );
    case "gone":
      return (
        <EmptyState centred>
          This block is not here any more: it was deleted or renamed. The Blocks view shows those that there are.
        </EmptyState>
      );
    case "form":
      return form === null ? (
        <Skeleton label="Reading the block" />
      ) : (
        <BlockView key={form.type.slug} state={state} block={form} />
      );
    default:
      return <Skeleton label="Reading the block" />;
  }
}

startPage((host) => <Page host={host} />);
