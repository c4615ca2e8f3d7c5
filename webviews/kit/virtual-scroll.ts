/**
 * Where a list stands when it is taller than a browser can scroll. The scrollbar then covers a shorter, scaled height:
 * a drag of its thumb means a share of the whole, a wheel or key means pixels. `position` is the truth, in real pixels.
 */
export interface ScrollPlace {
  /** Distance of the visible part's upper edge from the top of all rows. */
  readonly position: number;
  /** What the scrolling element's scrollTop is, or must become. */
  readonly scrollTop: number;
}

export interface ScrollExtent {
  /** Height of all rows. */
  readonly total: number;
  readonly viewport: number;
}

/** Chromium cuts off at 33.5 million pixels, Firefox at 17.8; text gets uneven before that. */
export const scrollLimit = 8_000_000;

/** Height of the element that gives the scrollbar its length. */
export function scrollHeight(extent: ScrollExtent): number {
  return Math.min(extent.total, Math.max(scrollLimit, extent.viewport));
}

function furthest(extent: ScrollExtent): { position: number; scrollTop: number } {
  return {
    position: Math.max(0, extent.total - extent.viewport),
    scrollTop: Math.max(0, scrollHeight(extent) - extent.viewport),
  };
}

/** The place with this position; the scrollbar follows. */
export function placeAt(position: number, extent: ScrollExtent): ScrollPlace {
  const end = furthest(extent);
  const at = Math.max(0, Math.min(end.position, position));
  const share = end.position === 0 ? 0 : at / end.position;
  return { position: at, scrollTop: isScaled(extent) ? share * end.scrollTop : at };
}

export function isScaled(extent: ScrollExtent): boolean {
  return scrollHeight(extent) < extent.total;
}

/** The element has scrolled to `scrollTop`: by a small step or by a jump of the thumb. */
export function scrolledTo(before: ScrollPlace, scrollTop: number, extent: ScrollExtent): ScrollPlace {
  const end = furthest(extent);
  if (!isScaled(extent)) return { position: Math.max(0, Math.min(end.position, scrollTop)), scrollTop };
  const step = scrollTop - before.scrollTop;
  if (Math.abs(step) > extent.viewport * 2) {
    return { position: (scrollTop / end.scrollTop) * end.position, scrollTop };
  }
  const position = Math.max(0, Math.min(end.position, before.position + step));
  return { position, scrollTop };
}

/** How far the scrollbar has drifted from what it should show; it is put right when scrolling rests. */
export function drift(place: ScrollPlace, extent: ScrollExtent): number {
  return Math.abs(placeAt(place.position, extent).scrollTop - place.scrollTop);
}

export function isAtEnd(place: ScrollPlace, extent: ScrollExtent): boolean {
  return place.position >= furthest(extent).position - 2;
}
