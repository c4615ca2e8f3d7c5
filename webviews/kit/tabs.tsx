import "./parts.css";
import type { ComponentChildren, VNode } from "preact";
import { useId, useRef } from "preact/hooks";
import { formatCount } from "./format.ts";
import { nextTab } from "./tab-keys.ts";

export interface Tab<Id extends string> {
  readonly id: Id;
  readonly title: string;
  readonly count?: number;
}

export interface TabsProps<Id extends string> {
  readonly label: string;
  readonly tabs: readonly Tab<Id>[];
  readonly selected: Id;
  readonly onSelect: (id: Id) => void;
  /** The content of the chosen tab. */
  readonly children: ComponentChildren;
  readonly class?: string;
}

/** The tabs and, below them, the one panel that is shown. The chosen tab alone is in the Tab order; arrows choose. */
export function Tabs<Id extends string>(props: TabsProps<Id>): VNode {
  const { tabs, selected, onSelect } = props;
  const prefix = useId();
  const row = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    const index = nextTab(
      event.key,
      tabs.findIndex((tab) => tab.id === selected),
      tabs.length,
    );
    const tab = index === undefined ? undefined : tabs[index];
    if (index === undefined || tab === undefined) return;
    event.preventDefault();
    onSelect(tab.id);
    row.current?.querySelectorAll<HTMLElement>("[role=tab]")[index]?.focus();
  };
  return (
    <>
      <div class="tabs" role="tablist" aria-label={props.label} ref={row} onKeyDown={onKeyDown}>
        {tabs.map((tab) => (
          <button
            key={tab.id}
            type="button"
            role="tab"
            id={`${prefix}-${tab.id}`}
            aria-selected={tab.id === selected ? "true" : "false"}
            aria-controls={`${prefix}-panel`}
            aria-label={tab.count === undefined ? tab.title : `${tab.title}, ${formatCount(tab.count)}`}
            tabIndex={tab.id === selected ? 0 : -1}
            onClick={() => onSelect(tab.id)}
          >
            {tab.title}
            {tab.count === undefined ? null : <span class="count numeric">{formatCount(tab.count)}</span>}
          </button>
        ))}
      </div>
      <div
        role="tabpanel"
        id={`${prefix}-panel`}
        aria-labelledby={`${prefix}-${selected}`}
        class={`tab-panel ${props.class ?? ""}`}
      >
        {props.children}
      </div>
    </>
  );
}
