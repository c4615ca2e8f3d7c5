import type { VNode } from "preact";

export interface IconProps {
  /** A codicon. */
  readonly name: string;
  /** What it says to a screen reader; an icon without one is decoration. */
  readonly label?: string;
  readonly spins?: boolean;
  readonly class?: string;
  readonly title?: string;
}

export function Icon({ name, label, spins, title, class: more }: IconProps): VNode {
  const classes = ["codicon", `codicon-${name}`, spins === true ? "codicon-modifier-spin" : "", more ?? ""];
  return (
    <span
      class={classes.filter(Boolean).join(" ")}
      title={title}
      {...(label === undefined ? { "aria-hidden": "true" } : { role: "img", "aria-label": label })}
    />
  );
}
