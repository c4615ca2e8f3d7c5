/** Which type of block is it to be? */
import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { BlockType } from "../../runtime/protocol/blocks.ts";
import { usePage } from "../kit/host-context.tsx";
import { Link } from "../kit/link.tsx";
import { EmptyState } from "../kit/notices.tsx";
import { TextField } from "../kit/toolkit.ts";
import type { BlockState } from "./block-state.ts";
import { gallerySections } from "./categories.ts";
import { Logo } from "./logo.tsx";

export function Gallery({ state }: { readonly state: BlockState }): VNode {
  const { host, surroundings } = usePage();
  const search = useSignal("");
  const frame = useRef<HTMLDivElement>(null);
  const sections = gallerySections(state.blocks.value?.types ?? [], search.value);
  useEffect(() => {
    host.setTitle("New Block");
    frame.current?.querySelector<HTMLElement>("mr-text-field")?.focus();
  }, [host]);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    const all = [...(frame.current?.querySelectorAll<HTMLElement>(".block-type") ?? [])];
    const { activeElement } = document;
    const at = activeElement instanceof HTMLElement ? all.indexOf(activeElement) : -1;
    if (step === undefined || (at < 0 && event.key !== "ArrowDown")) return;
    event.preventDefault();
    all[Math.min(Math.max(at + step, 0), all.length - 1)]?.focus();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrow keys move among the buttons within.
    <div class="block-gallery" ref={frame} onKeyDown={onKeyDown}>
      <header>
        <h1>New Block</h1>
        <p class="muted">A named configuration that code loads by its name, so that no credential stands in a flow.</p>
      </header>
      <TextField
        label="Search types of blocks"
        icon="search"
        placeholder="Search"
        value={search.value}
        onChange={(text) => {
          search.value = text;
        }}
        onEnter={() => {
          const first = sections[0]?.types[0];
          if (search.value !== "" && first !== undefined) state.choose(first.slug);
        }}
        onEscape={() => {
          search.value = "";
        }}
      />
      {sections.length === 0 ? <EmptyState>No type of block is called like that.</EmptyState> : null}
      {sections.map(({ title, types }) => (
        <section key={title} aria-label={title}>
          <h2>{title}</h2>
          <ul class="block-types">
            {types.map((type) => (
              <li key={type.slug}>
                <TypeButton type={type} onChoose={() => state.choose(type.slug)} />
              </li>
            ))}
          </ul>
        </section>
      ))}
      {surroundings.value.trusted ? (
        <p class="muted">
          Types of your own, from a file or an installed package:{" "}
          <Link onClick={() => void host.call("command", { command: "registerBlocks" })}>Register Blocks…</Link>
        </p>
      ) : null}
    </div>
  );
}

function TypeButton({ type, onChoose }: { readonly type: BlockType; readonly onChoose: () => void }): VNode {
  return (
    <button type="button" class="block-type" onClick={onChoose}>
      <Logo type={type} size={28} />
      <span class="block-type-text">
        <span class="block-type-name">{type.name}</span>
        <span class="muted">{type.description}</span>
      </span>
    </button>
  );
}
