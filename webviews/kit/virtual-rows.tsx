import type { ComponentChildren, HTMLAttributes, VNode } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import "./virtual-rows.css";
import type { Scroller } from "./virtual-scroller.ts";

export interface VirtualRowsProps {
  readonly scroller: Scroller;
  /** One element with the row's number as its key. */
  readonly draw: (row: number) => VNode;
  /** Rows differ in height: each is measured when it was drawn. */
  readonly measure?: boolean;
  /** Class, role, aria attributes and listeners of the element that scrolls. */
  readonly attributes: HTMLAttributes<HTMLDivElement>;
  /** Behind the rows, within the element that scrolls. */
  readonly children?: ComponentChildren;
  readonly elementRef?: { current: HTMLDivElement | null };
}

export function VirtualRows({ scroller, draw, measure, attributes, children, elementRef }: VirtualRowsProps): VNode {
  const viewport = useRef<HTMLDivElement>(null);
  const spacer = useRef<HTMLDivElement>(null);
  const rows = useRef<HTMLDivElement>(null);
  const range = scroller.range.value;
  useLayoutEffect(() => {
    if (viewport.current === null || spacer.current === null || rows.current === null) return;
    if (elementRef !== undefined) elementRef.current = viewport.current;
    return scroller.attach({ viewport: viewport.current, spacer: spacer.current, rows: rows.current });
  }, [scroller, elementRef]);
  useLayoutEffect(() => scroller.drawn(range, measure === true));
  const drawn: VNode[] = [];
  for (let row = range.from; row < Math.min(range.to, scroller.count); row++) drawn.push(draw(row));
  return (
    <div {...attributes} ref={viewport} class={`virtual-viewport ${attributes.class ?? ""}`}>
      <div ref={spacer} class="virtual-spacer" role="presentation">
        <div class="virtual-window" role="presentation">
          {/* biome-ignore lint/a11y/useSemanticElements: rows of a table cannot be moved by a transform */}
          <div ref={rows} class="virtual-rows" role="rowgroup">
            {drawn}
          </div>
        </div>
      </div>
      {children}
    </div>
  );
}
