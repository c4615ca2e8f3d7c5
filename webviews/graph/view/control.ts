/** Moves the camera and the focus by wheel, pinch, drag and keys, and says which boxes are in sight. */
import { computed, effect, type ReadonlySignal, signal, untracked } from "@preact/signals";
import { type Area, type Camera, centre, fit, keepInSight, reveal, scales, seen, touches, zoomAt } from "./camera.ts";
import { directionOfKey, nextBox } from "./navigate.ts";
import type { BoxLook, GraphSource } from "./types.ts";

export interface GraphControl {
  readonly camera: ReadonlySignal<Camera>;
  readonly area: ReadonlySignal<Area>;
  /** Boxes are painted, not elements. */
  readonly far: ReadonlySignal<boolean>;
  /** Boxes that are elements now, groups before what is in them. */
  readonly visible: ReadonlySignal<readonly string[]>;
  /** The one that Tab reaches. */
  readonly current: ReadonlySignal<string | null>;
  attach(frame: HTMLElement): () => void;
  zoom(factor: number): void;
  showAll(): void;
  peekLook(id: string): BoxLook;
}

/** Below this scale letters of 13 pixels are too small to read. */
const farBelow = 0.42;
/** More elements than this take longer than a frame. */
const mostElements = 240;
/** Boxes this near to what is seen are elements too, so that a short way needs none to be made. */
const around = 100;

export function createGraphControl(source: GraphSource): GraphControl {
  const area = signal<Area>({ width: 0, height: 0 });
  const moved = signal<Camera | null>(null);
  const focused = signal<string | null>(null);
  /** Until somebody moves it, the camera shows everything that can be read at once. */
  const camera = computed<Camera>(() => {
    const { bounds } = source.drawing.value.layout;
    return moved.value ?? fit(bounds, area.value, scales.readable);
  });

  const inSight = computed(() => {
    const { boxes, layout } = source.drawing.value;
    const window = seen(camera.value, area.value, around);
    const ids: string[] = [];
    for (const id of boxes.keys()) {
      const place = layout.boxes.get(id);
      if (place !== undefined && touches(place, window)) ids.push(id);
    }
    return ids;
  });
  const far = computed(() => camera.value.scale < farBelow || inSight.value.length > mostElements);
  const current = computed(() => {
    const { boxes } = source.drawing.value;
    for (const id of [focused.value, source.selected.value]) if (id !== null && boxes.has(id)) return id;
    return boxes.keys().next().value ?? null;
  });
  let shown: readonly string[] = [];
  const visible = computed(() => {
    const ids = far.value ? [] : inSight.value;
    const one = current.value;
    const wanted = one === null || ids.includes(one) ? ids : [...ids, one];
    // The same list again draws nothing again while one pans.
    if (wanted.length !== shown.length || wanted.some((id, place) => id !== shown[place])) shown = wanted;
    return shown;
  });

  const move = (next: Camera): void => {
    moved.value = keepInSight(next, source.drawing.peek().layout.bounds, area.peek());
  };
  const bringIntoSight = (id: string): void => {
    const place = source.drawing.peek().layout.boxes.get(id);
    if (place === undefined || area.peek().width === 0) return;
    const next = reveal(camera.peek(), place, area.peek());
    const now = camera.peek();
    if (next.x !== now.x || next.y !== now.y || next.scale !== now.scale) moved.value = next;
  };
  const zoom = (factor: number, at = centre(area.peek())): void => move(zoomAt(camera.peek(), at, factor));
  const showAll = (): void => {
    source.tidy();
    moved.value = fit(source.drawing.peek().layout.bounds, area.peek());
  };

  function attach(frame: HTMLElement): () => void {
    const ends: (() => void)[] = [];
    const on = <Name extends keyof HTMLElementEventMap>(
      name: Name,
      listener: (event: HTMLElementEventMap[Name]) => void,
      options?: AddEventListenerOptions,
    ): void => {
      frame.addEventListener(name, listener, options);
      ends.push(() => frame.removeEventListener(name, listener, options));
    };
    const focus = (id: string): void => {
      focused.value = id;
      bringIntoSight(id);
      requestAnimationFrame(() =>
        frame.querySelector<HTMLElement>(`[data-box="${CSS.escape(id)}"]`)?.focus({ preventScroll: true }),
      );
    };
    const boxAt = (event: MouseEvent): string | null => {
      const hit = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-box]") : null;
      if (hit !== null) return hit.dataset["box"] ?? null;
      if (!far.peek()) return null;
      const { left, top } = frame.getBoundingClientRect();
      const { x, y, scale } = camera.peek();
      const point = {
        x: (event.clientX - left - x) / scale,
        y: (event.clientY - top - y) / scale,
        width: 0,
        height: 0,
      };
      const { boxes, layout } = source.drawing.peek();
      let found: string | null = null;
      // The innermost comes last.
      for (const [id] of boxes) {
        const place = layout.boxes.get(id);
        if (place !== undefined && touches(point, { ...place, width: place.width + 0.01, height: place.height + 0.01 }))
          found = id;
      }
      return found;
    };

    const observer = new ResizeObserver(() => {
      area.value = { width: frame.clientWidth, height: frame.clientHeight };
    });
    observer.observe(frame);
    ends.push(() => observer.disconnect());

    on(
      "wheel",
      (event) => {
        event.preventDefault();
        const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 20 : 1;
        const { left, top } = frame.getBoundingClientRect();
        // A pinch on a touchpad comes as a wheel with Control.
        if (event.ctrlKey || event.metaKey) {
          const step = Math.max(-60, Math.min(60, event.deltaY * lines));
          zoom(Math.exp(-step / 150), { x: event.clientX - left, y: event.clientY - top });
          return;
        }
        const now = camera.peek();
        const [dx, dy] = event.shiftKey && event.deltaX === 0 ? [event.deltaY, 0] : [event.deltaX, event.deltaY];
        move({ ...now, x: now.x - dx * lines, y: now.y - dy * lines });
      },
      { passive: false },
    );

    const pointers = new Map<number, PointerEvent>();
    let dragged = false;
    on("pointerdown", (event) => {
      if (event.button > 1) return;
      if (pointers.size === 0) dragged = false;
      pointers.set(event.pointerId, event);
    });
    on("pointermove", (event) => {
      const before = pointers.get(event.pointerId);
      if (before === undefined) return;
      const [dx, dy] = [event.clientX - before.clientX, event.clientY - before.clientY];
      if (!dragged && Math.hypot(dx, dy) < 4) return;
      if (!dragged) frame.setPointerCapture(event.pointerId);
      dragged = true;
      frame.classList.add("dragging");
      const other = [...pointers.values()].find((one) => one.pointerId !== event.pointerId);
      const now = camera.peek();
      if (other === undefined) {
        move({ ...now, x: now.x + dx, y: now.y + dy });
      } else {
        const { left, top } = frame.getBoundingClientRect();
        const was = Math.hypot(before.clientX - other.clientX, before.clientY - other.clientY);
        const is = Math.hypot(event.clientX - other.clientX, event.clientY - other.clientY);
        const at = { x: (event.clientX + other.clientX) / 2 - left, y: (event.clientY + other.clientY) / 2 - top };
        if (was > 0) zoom(is / was, at);
      }
      pointers.set(event.pointerId, event);
    });
    const release = (event: PointerEvent): void => {
      pointers.delete(event.pointerId);
      if (pointers.size === 0) frame.classList.remove("dragging");
    };
    on("pointerup", release);
    on("pointercancel", release);

    on("click", (event) => {
      if (dragged) return;
      const toggle = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-toggle]") : null;
      const id = boxAt(event);
      if (toggle !== null && id !== null) {
        source.toggle(id);
        bringIntoSight(id);
        return;
      }
      if (id !== null) focused.value = id;
      source.select(id);
    });
    on("dblclick", (event) => {
      const id = boxAt(event);
      if (id !== null && !dragged) source.open(id);
    });
    on("focusin", (event) => {
      const id = event.target instanceof HTMLElement ? event.target.dataset["box"] : undefined;
      if (id !== undefined && focused.peek() !== id) focused.value = id;
      if (id !== undefined && event.target instanceof HTMLElement && event.target.matches(":focus-visible"))
        bringIntoSight(id);
    });

    on("keydown", (event) => {
      if (event.altKey || event.isComposing) return;
      const id = current.peek();
      const direction = directionOfKey[event.key];
      const { boxes, layout } = source.drawing.peek();
      const handled = (): boolean => {
        if (event.ctrlKey || event.metaKey) return false;
        if (direction !== undefined) {
          const next = id === null ? undefined : nextBox(layout, id, direction);
          if (next !== undefined) focus(next);
          return true;
        }
        switch (event.key) {
          case "+":
          case "=":
            zoom(1.25);
            return true;
          case "-":
          case "_":
            zoom(1 / 1.25);
            return true;
          case "0":
            showAll();
            return true;
          case "Home":
          case "End": {
            const ids = [...boxes.keys()];
            const end = event.key === "Home" ? ids[0] : ids.at(-1);
            if (end !== undefined) focus(end);
            return true;
          }
          case "Enter":
            if (id === null) return false;
            if (event.shiftKey) {
              source.toggle(id);
              focus(id);
            } else {
              source.open(id);
            }
            return true;
          case " ":
            if (id !== null) source.select(id);
            return true;
          case "Escape":
            if (source.selected.peek() === null) return false;
            source.select(null);
            return true;
          default:
            return false;
        }
      };
      if (handled()) event.preventDefault();
    });

    let before: string | null = null;
    ends.push(
      effect(() => {
        const id = source.selected.value;
        const known = id !== null && area.value.width > 0 && source.drawing.value.boxes.has(id);
        if (!known || id === before) return;
        before = id;
        untracked(() => bringIntoSight(id));
      }),
    );
    return () => {
      for (const end of ends) end();
    };
  }

  return {
    camera,
    area,
    far,
    visible,
    current,
    attach,
    zoom: (factor) => zoom(factor),
    showAll,
    peekLook: (id) => untracked(() => source.look(id)),
  };
}
