import "./menu.css";
import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Button } from "./toolkit.ts";

export interface MenuItem {
  readonly title: string;
  readonly run: () => void;
  readonly disabled?: boolean;
  /** A line above it. */
  readonly begins?: boolean;
}

/** The "…" button and its menu: arrows move, Escape closes and gives the focus back. */
export function Menu({ title, items }: { readonly title: string; readonly items: readonly MenuItem[] }): VNode {
  const open = useSignal(false);
  const frame = useRef<HTMLDivElement>(null);
  const close = (focus: boolean) => {
    open.value = false;
    if (focus) frame.current?.querySelector<HTMLElement>("mr-button")?.focus();
  };
  useEffect(() => {
    if (!open.value) return;
    frame.current?.querySelector<HTMLElement>("[role=menuitem]:not(:disabled)")?.focus();
    const outside = (event: Event) => {
      if (event.target instanceof Node && frame.current?.contains(event.target) !== true) close(false);
    };
    document.addEventListener("pointerdown", outside);
    window.addEventListener("blur", outside);
    return () => {
      document.removeEventListener("pointerdown", outside);
      window.removeEventListener("blur", outside);
    };
  }, [open.value]);
  const onKeyDown = (event: KeyboardEvent) => {
    const all = [...(frame.current?.querySelectorAll<HTMLElement>("[role=menuitem]:not(:disabled)") ?? [])];
    const { activeElement } = document;
    const at = activeElement instanceof HTMLElement ? all.indexOf(activeElement) : -1;
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 + all.length, Home: 0, End: all.length - 1 }[event.key];
    if (event.key === "Escape") close(true);
    else if (event.key === "Tab") close(false);
    else if (to !== undefined) all[to % all.length]?.focus();
    else return;
    if (event.key !== "Tab") event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="menu-frame" ref={frame}>
      <Button
        kind="icon"
        icon="ellipsis"
        title={title}
        expanded={open.value}
        onClick={() => {
          open.value = !open.value;
        }}
      />
      {open.value ? (
        <div class="menu" role="menu" aria-label={title} tabIndex={-1} onKeyDown={onKeyDown}>
          {items.map((item) => (
            <button
              key={item.title}
              type="button"
              role="menuitem"
              tabIndex={-1}
              class={item.begins === true ? "begins" : undefined}
              disabled={item.disabled === true}
              onClick={() => {
                close(true);
                item.run();
              }}
            >
              {item.title}
            </button>
          ))}
        </div>
      ) : null}
    </div>
  );
}
