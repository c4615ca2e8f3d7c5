import type { VNode } from "preact";
import { createClock } from "../../kit/clock.ts";
import { formatDuration } from "../../kit/format.ts";
import { Icon } from "../../kit/icon.tsx";
import type { Box } from "../../layout/types.ts";
import type { GraphBox, GraphSource } from "./types.ts";

export interface BoxViewProps {
  readonly box: GraphBox;
  readonly place: Box;
  readonly source: GraphSource;
  /** The one box that Tab reaches. */
  readonly current: boolean;
}

const clock = createClock(200);

/** Drawn anew only when this box looks different: its look is a signal of its own. */
export function BoxView({ box, place, source, current }: BoxViewProps): VNode {
  const look = source.look(box.id);
  const selected = source.selected.value === box.id;
  const classes = [
    box.group ? "graph-group" : "graph-box",
    `graph-${box.kind}`,
    box.many && !box.group ? "graph-many" : "",
    selected ? "selected" : "",
  ];
  return (
    // biome-ignore lint/a11y/useSemanticElements: a button may not hold the button that opens it
    <div
      class={classes.filter(Boolean).join(" ")}
      style={{ left: `${place.x}px`, top: `${place.y}px`, width: `${place.width}px`, height: `${place.height}px` }}
      data-box={box.id}
      role="button"
      tabIndex={current ? 0 : -1}
      aria-label={look.name}
      aria-pressed={selected ? "true" : "false"}
      aria-expanded={box.expandable ? (box.group ? "true" : "false") : undefined}
      title={look.title}
    >
      <div class="graph-line">
        <Icon name={look.icon} spins={look.spins} class={look.tone} />
        {/* Blanks between the parts: what is seen is then what is said. */}
        <span class="graph-label ellipsis">{box.label}</span>{" "}
        {look.count === "" ? null : <span class="muted numeric">{look.count}</span>}{" "}
        {box.group ? <Detail detail={look.detail} since={look.since} /> : null}
        {box.expandable ? (
          <span
            class={`graph-toggle codicon codicon-${box.group ? "chevron-up" : "chevron-down"}`}
            data-toggle={box.id}
            title={box.group ? "Close (Shift+Enter)" : "Open (Shift+Enter)"}
            aria-hidden="true"
          />
        ) : null}
      </div>{" "}
      {box.group ? null : <Detail detail={look.detail} since={look.since} />}
    </div>
  );
}

function Detail({ detail, since }: { readonly detail: string; readonly since: number | null }): VNode {
  return (
    <div class="graph-detail ellipsis numeric">
      {since === null ? null : <Ticking since={since} />}
      {since === null || detail === "" ? null : " · "}
      {detail}
    </div>
  );
}

function Ticking({ since }: { readonly since: number }): VNode {
  return <span aria-live="off">{formatDuration(Math.max(0, clock.value - since))}</span>;
}
