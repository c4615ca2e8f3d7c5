/** Where one looks at the graph from. Pure. A point of the graph is drawn at `x + point.x * scale`. */
import type { Box } from "../../layout/types.ts";

export interface Camera {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

export interface Area {
  readonly width: number;
  readonly height: number;
}

export const scales = { least: 0.02, most: 2, readable: 0.7 } as const;
const margin = 24;
/** The buttons stand at the lower edge. */
const below = 56;

/**
 * All of it, no larger than life; no smaller than `least`: what does not fit then begins at its top. What leaves room
 * stands a little above the middle; it moves up as more comes below it.
 */
export function fit(bounds: Box, area: Area, least: number = scales.least): Camera {
  if (bounds.width <= 0 || bounds.height <= 0) return { x: margin, y: margin, scale: 1 };
  const room = { width: Math.max(1, area.width - 2 * margin), height: Math.max(1, area.height - margin - below) };
  const scale = clamp(Math.min(room.width / bounds.width, room.height / bounds.height), least, 1);
  const width = bounds.width * scale;
  return {
    scale,
    x: (area.width - width) / 2 - bounds.x * scale,
    y: margin + Math.max(0, room.height - bounds.height * scale) / 3 - bounds.y * scale,
  };
}

/** Zooms by `factor`; the point of the graph under `at` stays there. */
export function zoomAt(camera: Camera, at: { readonly x: number; readonly y: number }, factor: number): Camera {
  const scale = clamp(camera.scale * factor, scales.least, scales.most);
  const by = scale / camera.scale;
  return { scale, x: at.x - (at.x - camera.x) * by, y: at.y - (at.y - camera.y) * by };
}

/** At least a corner of the graph stays to be seen, however far one drags. */
export function keepInSight(camera: Camera, bounds: Box, area: Area): Camera {
  const rest = 2 * margin;
  const left = bounds.x * camera.scale;
  const top = bounds.y * camera.scale;
  return {
    scale: camera.scale,
    x: clamp(camera.x, rest - left - bounds.width * camera.scale, area.width - rest - left),
    y: clamp(camera.y, rest - top - bounds.height * camera.scale, area.height - rest - top),
  };
}

/** Moves as little as needed for the box to be seen; a box larger than the area shows its top left corner. */
export function reveal(camera: Camera, box: Box, area: Area): Camera {
  const move = (from: number, size: number, end: number): number => {
    if (size > end - margin || from < margin) return margin - from;
    return Math.min(0, end - (from + size));
  };
  const scale = Math.max(camera.scale, 0.4);
  const near = scale === camera.scale ? camera : zoomAt(camera, centre(area), scale / camera.scale);
  const left = near.x + box.x * scale;
  const top = near.y + box.y * scale;
  return {
    scale,
    x: near.x + move(left, box.width * scale, area.width - margin),
    y: near.y + move(top, box.height * scale, area.height - below),
  };
}

/** The part of the graph that is seen, and `around` pixels more. */
export function seen(camera: Camera, area: Area, around = 0): Box {
  return {
    x: (-camera.x - around) / camera.scale,
    y: (-camera.y - around) / camera.scale,
    width: (area.width + 2 * around) / camera.scale,
    height: (area.height + 2 * around) / camera.scale,
  };
}

export function touches(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

export function centre(area: Area): { readonly x: number; readonly y: number } {
  return { x: area.width / 2, y: area.height / 2 };
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(Math.min(value, most), Math.min(least, most));
}
