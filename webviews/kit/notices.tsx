/** What a page says when there is nothing to show, not yet, or something to know. */
import "./parts.css";
import type { ComponentChildren, VNode } from "preact";
import { Icon } from "./icon.tsx";
import { Link } from "./link.tsx";

export interface Action {
  readonly title: string;
  readonly run: () => void;
}

export interface BannerProps {
  readonly kind: "info" | "warning" | "error";
  readonly children: ComponentChildren;
  readonly actions?: readonly Action[];
}

/** Errors are read out at once, the others when there is time. */
export function Banner({ kind, children, actions = [] }: BannerProps): VNode {
  return (
    <div class={`banner banner-${kind}`} role={kind === "error" ? "alert" : "status"}>
      <Icon name={kind} label={kind === "info" ? "Note" : kind === "warning" ? "Warning" : "Error"} />
      <div class="banner-text">
        {children}
        <Actions actions={actions} />
      </div>
    </div>
  );
}

export interface EmptyStateProps {
  /** One sentence: what is not here, and what to do. */
  readonly children: ComponentChildren;
  readonly actions?: readonly Action[];
  readonly centred?: boolean;
}

export function EmptyState({ children, actions = [], centred }: EmptyStateProps): VNode {
  return (
    <div class={centred === true ? "empty centred" : "empty"}>
      <p>{children}</p>
      <Actions actions={actions} />
    </div>
  );
}

function Actions({ actions }: { readonly actions: readonly Action[] }): VNode | null {
  if (actions.length === 0) return null;
  return (
    <div class="banner-actions">
      {actions.map(({ title, run }) => (
        <Link key={title} onClick={run}>
          {title}
        </Link>
      ))}
    </div>
  );
}

/** Rows that will be there. `label` says what is read. */
export function Skeleton({ rows = 6, label }: { readonly rows?: number; readonly label: string }): VNode {
  return (
    <div class="skeleton" role="status" aria-label={label}>
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} class="skeleton-row" />
      ))}
    </div>
  );
}
