import type { ComponentChildren, VNode } from "preact";

export interface LinkProps {
  readonly onClick: () => void;
  readonly children: ComponentChildren;
  readonly title?: string;
  readonly label?: string;
  readonly disabled?: boolean;
  readonly class?: string;
  /** It shows and hides something below it. */
  readonly expanded?: boolean;
}

/** Does something inside the editor: opens code, a run, another view. */
export function Link({ onClick, children, title, label, disabled, expanded, class: more }: LinkProps): VNode {
  return (
    <button
      type="button"
      class={more === undefined ? "link" : `link ${more}`}
      title={title}
      aria-label={label}
      disabled={disabled === true}
      aria-expanded={expanded}
      onClick={onClick}
    >
      {children}
    </button>
  );
}
