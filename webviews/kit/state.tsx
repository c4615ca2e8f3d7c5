import type { VNode } from "preact";
import type { StateType } from "../../runtime/protocol/states.ts";
import { Icon } from "./icon.tsx";
import { stateLook } from "./state-look.ts";

export interface StateProps {
  readonly type: StateType;
  readonly name?: string;
}

/** The icon alone, named by its state. */
export function StateIcon({ type, name }: StateProps): VNode {
  const { icon, spins, tone, word } = stateLook(type, name);
  return <Icon name={icon} spins={spins} class={tone} label={word} title={word} />;
}

/** Icon and word. */
export function StateLabel({ type, name }: StateProps): VNode {
  const { icon, spins, tone, word } = stateLook(type, name);
  return (
    <span class="state-label">
      <Icon name={icon} spins={spins} class={tone} />
      <span>{word}</span>
    </span>
  );
}
