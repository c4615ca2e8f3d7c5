import "./parts.css";
import { useSignal } from "@preact/signals";
import type { ComponentChildren, VNode } from "preact";
import { useEffect, useId, useMemo, useRef } from "preact/hooks";
import { useHost } from "./host-context.tsx";
import { readNumber, remembered } from "./remembered.ts";
import { clampSize, sizeAfterKey } from "./split.ts";

export interface SplitViewProps {
  /** What is split, for the screen reader and for the place that is remembered: "Task details". */
  readonly label: string;
  /** Under this key the size is remembered in the page's state. */
  readonly remember: string;
  readonly children: ComponentChildren;
  /** The second part, right of the first or below it; null hides it with its splitter. */
  readonly side: ComponentChildren | null;
  readonly below?: boolean;
  readonly initial?: number;
  readonly least?: number;
  readonly leastOther?: number;
}

/** Two parts and a splitter that is moved by mouse, touch or keys (arrows, Shift for more, Home, End, double click). */
export function SplitView(props: SplitViewProps): VNode {
  const { label, remember, side, below = false, initial = 320, least = 160, leastOther = 160 } = props;
  const host = useHost();
  const id = useId();
  const kept = useMemo(() => remembered(host, `split.${remember}`, initial, readNumber), [host, remember, initial]);
  const frame = useRef<HTMLDivElement>(null);
  const whole = useSignal(0);
  const dragging = useSignal(false);
  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => {
      whole.value = below ? element.clientHeight : element.clientWidth;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [below, whole]);

  const limits = { least, leastOther };
  const size = whole.value === 0 ? kept.value : clampSize(kept.value, whole.value, limits);
  const drag = (event: PointerEvent) => {
    const box = frame.current?.getBoundingClientRect();
    if (!dragging.value || box === undefined) return;
    const wanted = below ? box.bottom - event.clientY : box.right - event.clientX;
    kept.value = clampSize(wanted, whole.value, limits);
  };
  return (
    <div class={below ? "split below" : "split"} ref={frame}>
      <div class="split-main">{props.children}</div>
      {side === null ? null : (
        <>
          {/* biome-ignore lint/a11y/useSemanticElements: an <hr> cannot be moved by keys. */}
          <div
            class={dragging.value ? "splitter dragging" : "splitter"}
            role="separator"
            tabIndex={0}
            aria-label={`Resize ${label}`}
            aria-orientation={below ? "horizontal" : "vertical"}
            aria-controls={id}
            aria-valuenow={size}
            aria-valuemin={least}
            aria-valuemax={Math.max(least, whole.value - leastOther)}
            onPointerDown={(event) => {
              event.currentTarget.setPointerCapture(event.pointerId);
              event.preventDefault();
              dragging.value = true;
            }}
            onPointerMove={drag}
            onPointerUp={() => {
              dragging.value = false;
            }}
            onPointerCancel={() => {
              dragging.value = false;
            }}
            onDblClick={() => {
              kept.value = initial;
            }}
            onKeyDown={(event) => {
              const next = sizeAfterKey(event.key, event.shiftKey, size, whole.value, { ...limits, below });
              if (next === undefined) return;
              event.preventDefault();
              kept.value = next;
            }}
          />
          <section
            class="split-side"
            id={id}
            aria-label={label}
            style={below ? { height: `${size}px` } : { width: `${size}px` }}
          >
            {side}
          </section>
        </>
      )}
    </div>
  );
}
