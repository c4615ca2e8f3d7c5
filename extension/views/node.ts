/** What a line of a tree shows, as plain data: trees are compared and tested without an editor. */

import type { FlowTarget, SiteRange } from "../../runtime/protocol/language.ts";
import type { BlockName } from "../../runtime/protocol/pages.ts";
import { type StateLook, stateLook } from "../../runtime/protocol/state-look.ts";
import type { StateName, StateType } from "../../runtime/protocol/states.ts";
import type { CommandElement, ItemWord } from "../context.ts";

export interface TreeNode extends CommandElement {
  /** The same for the same thing, so that what was open stays open. */
  readonly id: string;
  readonly label: string;
  readonly description?: string;
  readonly tooltip?: Tooltip;
  readonly icon: NodeIcon;
  readonly words: readonly ItemWord[];
  readonly opens: "never" | "closed" | "open";
  readonly click?: NodeClick;
  /** What a screen reader says. */
  readonly says: string;
  /** Undefined when they are read on demand. */
  readonly children?: readonly TreeNode[];
}

export type NodeIcon =
  | { readonly kind: "codicon"; readonly name: string; readonly color?: string }
  /** A picture of its own, as an address that holds it. */
  | { readonly kind: "image"; readonly uri: string }
  /** The icon that the user's icon theme has for it. */
  | { readonly kind: "file" | "folder"; readonly uri: string };

export type NodeClick =
  | { readonly kind: "code"; readonly uri: string; readonly range: SiteRange }
  | { readonly kind: "run"; readonly run_id: string; readonly task_run_id?: string }
  | { readonly kind: "block"; readonly block: BlockName }
  | { readonly kind: "deployment"; readonly element: Pick<CommandElement, "deployment_id" | "declared"> };

export interface Tooltip {
  readonly title: string;
  /** A codicon before the title. */
  readonly icon?: string;
  readonly lines: readonly (readonly [label: string, value: string])[];
  /** Text below them: a description, an error's message. */
  readonly note?: string;
}

/** Colours of the theme for the tones that pages have classes for. */
const toneColors: Readonly<Record<string, string>> = {
  "state-completed": "charts.green",
  "state-cached": "charts.green",
  "state-failed": "charts.red",
  "state-crashed": "charts.red",
  "state-running": "charts.blue",
  "state-paused": "charts.yellow",
  "state-cancelling": "charts.yellow",
  "state-late": "charts.yellow",
  "state-retry": "charts.yellow",
};

export function stateIcon(type: StateType, name: StateName): NodeIcon {
  const { icon, spins, tone } = stateLook(type, name);
  return { kind: "codicon", name: spins ? `${icon}~spin` : icon, color: toneColors[tone] ?? "disabledForeground" };
}

export function stateWord(type: StateType, name: StateName): StateLook["word"] {
  return stateLook(type, name).word;
}

/** Texts with a middle dot between them, those that are missing left out. */
export function joined(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== "").join(" · ");
}

export type { CommandElement, FlowTarget };
