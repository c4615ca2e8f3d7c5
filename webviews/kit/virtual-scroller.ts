/**
 * Draws only the rows that are seen. The element that scrolls holds a spacer, which gives the scrollbar its length, and
 * in it a window that sticks to the upper edge; the rows in it are moved by hand, so that nothing is ever blank while
 * the browser scrolls ahead of the page.
 */
import { type ReadonlySignal, signal } from "@preact/signals";
import { RowHeights } from "./virtual-heights.ts";
import {
  drift,
  isAtEnd,
  placeAt,
  type ScrollExtent,
  type ScrollPlace,
  scrolledTo,
  scrollHeight,
} from "./virtual-scroll.ts";

/** Rows from `from` up to, but without, `to`. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

export interface ScrollerParts {
  readonly viewport: HTMLElement;
  readonly spacer: HTMLElement;
  readonly rows: HTMLElement;
}

const overscan = 8;
/** Rows that a selection may hold drawn beyond those that are seen. */
const heldAtMost = 1_500;
const restAfterMs = 120;

export class Scroller {
  readonly #heights: RowHeights;
  readonly #range = signal<RowRange>({ from: 0, to: 0 });
  readonly #atEnd = signal(true);
  readonly #atStart = signal(true);
  #parts: ScrollerParts | undefined;
  #place: ScrollPlace = { position: 0, scrollTop: 0 };
  #viewport = 0;
  #follows: boolean;
  #drawn: RowRange = { from: 0, to: 0 };
  #held: RowRange | undefined;
  #rest: ReturnType<typeof setTimeout> | undefined;

  /** With `follow`, the end stays in sight while rows are added, until the user scrolls away from it. */
  constructor(rowHeight: number, options: { readonly follow?: boolean } = {}) {
    this.#heights = new RowHeights(rowHeight);
    this.#follows = options.follow === true;
    this.#canFollow = this.#follows;
  }
  readonly #canFollow: boolean;

  /** Rows to draw. */
  get range(): ReadonlySignal<RowRange> {
    return this.#range;
  }

  get atEnd(): ReadonlySignal<boolean> {
    return this.#atEnd;
  }

  get atStart(): ReadonlySignal<boolean> {
    return this.#atStart;
  }

  get count(): number {
    return this.#heights.count;
  }

  /** Gives the function that ends it. */
  attach(parts: ScrollerParts): () => void {
    this.#parts = parts;
    const onScroll = () => this.#scrolled();
    parts.viewport.addEventListener("scroll", onScroll, { passive: true });
    const observer = new ResizeObserver(() => this.#resized());
    observer.observe(parts.viewport);
    this.#resized();
    return () => {
      parts.viewport.removeEventListener("scroll", onScroll);
      observer.disconnect();
      clearTimeout(this.#rest);
      this.#parts = undefined;
    };
  }

  setCount(count: number): void {
    if (count === this.#heights.count) return;
    this.#keepingPlace(() => this.#heights.resize(count));
  }

  /** Rows were added above: what is seen stays where it is. */
  inserted(count: number): void {
    const position = this.#place.position + count * this.#heights.base;
    this.#heights.clear();
    this.#heights.resize(this.#heights.count + count);
    this.#moveTo(position);
  }

  /** All heights are forgotten: other rows are shown, or they are drawn in another way. */
  reset(): void {
    this.#keepingPlace(() => this.#heights.clear());
  }

  /** The rows were drawn: puts them in place, and with `measure` learns how high they are. */
  drawn(range: RowRange, measure: boolean): void {
    this.#drawn = range;
    const { rows } = this.#parts ?? {};
    if (rows === undefined) return;
    if (measure) {
      const measured = Array.from(rows.children, (row) => (row instanceof HTMLElement ? row.offsetHeight : 0));
      let changed = false;
      this.#keepingPlace(() => {
        for (const [at, height] of measured.entries()) {
          if (height > 0 && range.from + at < range.to) changed = this.#heights.set(range.from + at, height) || changed;
        }
        return changed;
      });
    }
    this.#shift();
  }

  /** Heights that are known before the rows are drawn, from row `first` on; 0 for those that are not. */
  expect(first: number, heights: readonly number[]): void {
    this.#keepingPlace(() => {
      let changed = false;
      for (const [at, height] of heights.entries()) {
        if (height > 0) changed = this.#heights.set(first + at, height) || changed;
      }
      return changed;
    });
  }

  scrollToRow(row: number, align: "start" | "center" | "end" | "nearest" = "nearest"): void {
    const top = this.#heights.top(row);
    const bottom = top + this.#heights.height(row);
    const { position } = this.#place;
    if (align === "start") this.#moveTo(top);
    else if (align === "center") this.#moveTo((top + bottom - this.#viewport) / 2);
    else if (align === "end") this.#moveTo(bottom - this.#viewport);
    else if (top < position) this.#moveTo(top);
    else if (bottom > position + this.#viewport) this.#moveTo(bottom - this.#viewport);
    this.#follows = this.#canFollow && this.#atEnd.peek();
  }

  scrollToEnd(): void {
    this.#follows = this.#canFollow;
    this.#moveTo(Number.POSITIVE_INFINITY);
  }

  /** How many rows one page is, for Page Up and Page Down. */
  rowsPerPage(): number {
    return Math.max(1, Math.floor(this.#viewport / this.#heights.base) - 1);
  }

  /** The first row that is wholly or partly seen. */
  firstSeen(): number {
    return this.#heights.rowAt(this.#place.position);
  }

  /** These rows stay drawn though they are not seen: the user's text selection ends with the nodes it stands on. */
  hold(range: RowRange | undefined): void {
    this.#held = range;
    this.#show();
  }

  #extent(): ScrollExtent {
    return { total: this.#heights.total, viewport: this.#viewport };
  }

  #resized(): void {
    const height = this.#parts?.viewport.clientHeight ?? 0;
    if (height === this.#viewport) return;
    this.#keepingPlace(() => {
      this.#viewport = height;
    });
  }

  #scrolled(): void {
    const { viewport } = this.#parts ?? {};
    // The browser rounds what it is told: that is no step of the user's.
    if (viewport === undefined || Math.abs(viewport.scrollTop - this.#place.scrollTop) < 1) return;
    this.#place = scrolledTo(this.#place, viewport.scrollTop, this.#extent());
    this.#follows = this.#canFollow && isAtEnd(this.#place, this.#extent());
    this.#show();
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => {
      if (drift(this.#place, this.#extent()) > 1) this.#moveTo(this.#place.position);
    }, restAfterMs);
  }

  /** The row at the upper edge, or the end when it is followed, stays where it is while heights change. */
  #keepingPlace(change: () => unknown): void {
    const row = this.#heights.rowAt(this.#place.position);
    const within = this.#place.position - this.#heights.top(row);
    if (change() === false) return;
    this.#moveTo(this.#follows ? Number.POSITIVE_INFINITY : this.#heights.top(row) + within);
  }

  #moveTo(position: number): void {
    const extent = this.#extent();
    this.#place = placeAt(position, extent);
    const { viewport, spacer } = this.#parts ?? {};
    if (viewport !== undefined && spacer !== undefined) {
      spacer.style.height = `${scrollHeight(extent)}px`;
      if (Math.abs(viewport.scrollTop - this.#place.scrollTop) >= 1) viewport.scrollTop = this.#place.scrollTop;
    }
    this.#show();
  }

  #show(): void {
    const { position } = this.#place;
    const { count } = this.#heights;
    let from = Math.max(0, this.#heights.rowAt(position) - overscan);
    let to = Math.min(count, this.#heights.rowAt(position + this.#viewport) + 1 + overscan);
    if (this.#held !== undefined) {
      const widest = { from: Math.min(from, this.#held.from), to: Math.min(count, Math.max(to, this.#held.to)) };
      if (widest.to - widest.from <= heldAtMost) ({ from, to } = widest);
    }
    const before = this.#range.peek();
    if (before.from !== from || before.to !== to) this.#range.value = { from, to };
    this.#atEnd.value = isAtEnd(this.#place, this.#extent());
    this.#atStart.value = position < 1;
    this.#shift();
  }

  #shift(): void {
    if (this.#parts === undefined) return;
    const offset = Math.round(this.#heights.top(this.#drawn.from) - this.#place.position);
    this.#parts.rows.style.transform = `translateY(${offset}px)`;
  }
}
