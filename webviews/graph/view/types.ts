/** What the graph view draws, for runs and for flows that have not run. */
import type { ReadonlySignal } from "@preact/signals";
import type { Layout } from "../../layout/types.ts";

export interface GraphBox {
  readonly id: string;
  readonly kind: "task" | "map" | "loop" | "subflow" | "branch" | "parameters" | "result";
  readonly label: string;
  readonly parent: string | null;
  /** What is inside is drawn within it. */
  readonly group: boolean;
  /** It can be opened and closed. */
  readonly expandable: boolean;
  /** It stands for several. */
  readonly many: boolean;
}

/** A new object whenever boxes or edges come, go or move; not when only looks change. */
export interface Drawing {
  readonly boxes: ReadonlyMap<string, GraphBox>;
  readonly layout: Layout;
}

/** How a box looks now. */
export interface BoxLook {
  readonly icon: string;
  readonly spins: boolean;
  /** Class that gives the colour of the icon: "state-running", or "" for boxes without a state. */
  readonly tone: string;
  /** After the label, of a box that stands for several: "×500". */
  readonly count: string;
  /** The line under the label. */
  readonly detail: string;
  /** Since when it has been running: the time ticks after the detail. Milliseconds since the epoch. */
  readonly since: number | null;
  /** The whole for a screen reader: "fetch, Completed, 1.2s". */
  readonly name: string;
  /** Something goes on in it: edges to it are drawn in its colour. */
  readonly active: boolean;
  readonly title?: string;
}

/** Of a box that is not there, or not any more. */
export const noLook: BoxLook = {
  icon: "circle-large-outline",
  spins: false,
  tone: "",
  count: "",
  detail: "",
  since: null,
  name: "",
  active: false,
};

export interface GraphSource {
  readonly drawing: ReadonlySignal<Drawing>;
  /** Reads signals: who calls it while drawing is drawn again when this box looks different. */
  look(id: string): BoxLook;
  /** Grows when any look has changed. */
  readonly looks: ReadonlySignal<number>;
  readonly selected: ReadonlySignal<string | null>;
  select(id: string | null): void;
  /** Double click and Enter. */
  open(id: string): void;
  toggle(id: string): void;
  /** Lays out as if for the first time. */
  tidy(): void;
}

export const boxSize = { width: 208, height: 44 } as const;
