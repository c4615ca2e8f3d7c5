/** Draws edges, and boxes too when one looks from so far away that they are no elements of their own. */
import { type Box, type PlacedEdge, spacing } from "../../layout/types.ts";
import { type Area, type Camera, seen, touches } from "./camera.ts";
import type { Colours } from "./colours.ts";
import type { BoxLook, Drawing, GraphBox } from "./types.ts";

export interface Scene {
  readonly drawing: Drawing;
  readonly camera: Camera;
  readonly area: Area;
  readonly colours: Colours;
  readonly selected: string | null;
  /** Boxes are drawn here. */
  readonly far: boolean;
  readonly look: (id: string) => BoxLook;
}

export function paint(context: CanvasRenderingContext2D, scene: Scene, pixelRatio: number): void {
  const { camera, area, drawing, far } = scene;
  context.setTransform(pixelRatio, 0, 0, pixelRatio, 0, 0);
  context.clearRect(0, 0, area.width, area.height);
  const window = seen(camera, area, 16);
  context.setTransform(
    pixelRatio * camera.scale,
    0,
    0,
    pixelRatio * camera.scale,
    pixelRatio * camera.x,
    pixelRatio * camera.y,
  );
  if (far) paintGroups(context, scene, window);
  paintEdges(context, scene, window);
  if (far) paintBoxes(context, scene, window);
  if (!far) paintLabels(context, scene, drawing.layout.edges, window);
}

function paintEdges(context: CanvasRenderingContext2D, scene: Scene, window: Box): void {
  const { drawing, camera, colours, selected, look } = scene;
  const plain: PlacedEdge[] = [];
  const ordered: PlacedEdge[] = [];
  const active: PlacedEdge[] = [];
  const chosen: PlacedEdge[] = [];
  for (const edge of drawing.layout.edges) {
    if (!touches(spanOf(edge), window)) continue;
    if (selected !== null && (edge.from === selected || edge.to === selected)) chosen.push(edge);
    else if (look(edge.to).active) active.push(edge);
    else if (edge.kind === "order") ordered.push(edge);
    else plain.push(edge);
  }
  const width = Math.max(1, 0.6 / camera.scale);
  const strokes = (edges: readonly PlacedEdge[], colour: string, strength: number, wide: number): void => {
    if (edges.length === 0) return;
    context.strokeStyle = colour;
    context.fillStyle = colour;
    context.globalAlpha = strength;
    context.lineWidth = wide;
    for (const dashed of [false, true]) {
      const group = edges.filter((edge) => (edge.kind === "order" || edge.back) === dashed);
      if (group.length === 0) continue;
      context.setLineDash(dashed ? [4, 4] : []);
      context.beginPath();
      for (const edge of group) trace(context, edge.points);
      context.stroke();
    }
    context.setLineDash([]);
    if (camera.scale > 0.15) {
      context.beginPath();
      for (const edge of edges) arrow(context, edge.points, edge.back);
      context.fill();
    }
    context.globalAlpha = 1;
  };
  strokes(ordered, colours.edge, colours.edgeStrength * 0.8, width);
  strokes(plain, colours.edge, colours.edgeStrength, width);
  strokes(active, colours.tone("state-running"), 0.9, width);
  strokes(chosen, colours.selected, 1, width * 1.5);
}

/** Straight where it passes a layer, curved between layers. */
function trace(context: CanvasRenderingContext2D, points: readonly number[]): void {
  context.moveTo(points[0] ?? 0, points[1] ?? 0);
  for (let at = 2; at < points.length; at += 2) {
    const [x0, y0, x, y] = [points[at - 2] ?? 0, points[at - 1] ?? 0, points[at] ?? 0, points[at + 1] ?? 0];
    if (x0 === x) {
      context.lineTo(x, y);
    } else {
      const bend = (y - y0) / 2;
      context.bezierCurveTo(x0, y0 + bend, x, y - bend, x, y);
    }
  }
}

function arrow(context: CanvasRenderingContext2D, points: readonly number[], up: boolean): void {
  const x = points.at(-2) ?? 0;
  const y = points.at(-1) ?? 0;
  const long = up ? -6 : 6;
  context.moveTo(x, y);
  context.lineTo(x - 3.5, y - long);
  context.lineTo(x + 3.5, y - long);
  context.closePath();
}

function paintLabels(
  context: CanvasRenderingContext2D,
  { colours }: Scene,
  edges: readonly PlacedEdge[],
  window: Box,
): void {
  const labelled = edges.filter((edge) => edge.label !== null && edge.label !== "" && touches(spanOf(edge), window));
  if (labelled.length === 0) return;
  // Setting a font takes as long as painting a hundred edges.
  context.font = `11px ${colours.font}`;
  context.textBaseline = "middle";
  context.textAlign = "center";
  for (const edge of labelled) {
    if (edge.label === null) continue;
    const text = edge.label.length > 24 ? `${edge.label.slice(0, 23)}…` : edge.label;
    const { points } = edge;
    // In the first gap below (or, going back, above) where it begins.
    const x = ((points[0] ?? 0) + (points[2] ?? 0)) / 2;
    const y = ((points[1] ?? 0) + (points[3] ?? 0)) / 2;
    const width = context.measureText(text).width + 8;
    context.fillStyle = colours.background;
    context.fillRect(x - width / 2, y - 8, width, 16);
    context.fillStyle = colours.text;
    context.globalAlpha = 0.8;
    context.fillText(text, x, y);
    context.globalAlpha = 1;
  }
}

function spanOf({ points }: PlacedEdge): Box {
  let [left, right] = [points[0] ?? 0, points[0] ?? 0];
  for (let at = 2; at < points.length; at += 2) {
    left = Math.min(left, points[at] ?? left);
    right = Math.max(right, points[at] ?? right);
  }
  const top = Math.min(points[1] ?? 0, points.at(-1) ?? 0);
  const bottom = Math.max(points[1] ?? 0, points.at(-1) ?? 0);
  return { x: left - 4, y: top - 4, width: right - left + 8, height: bottom - top + 8 };
}

function paintGroups(context: CanvasRenderingContext2D, { drawing, colours, camera }: Scene, window: Box): void {
  context.strokeStyle = colours.border;
  context.lineWidth = 1 / camera.scale;
  for (const [id, box] of drawing.boxes) {
    const place = drawing.layout.boxes.get(id);
    if (!box.group || place === undefined || !touches(place, window)) continue;
    context.fillStyle = colours.group;
    context.globalAlpha = 0.04;
    context.fillRect(place.x, place.y, place.width, place.height);
    context.globalAlpha = 1;
    context.strokeRect(place.x, place.y, place.width, place.height);
    const size = Math.min(24, Math.max(13, 9 / camera.scale));
    context.font = `${size}px ${colours.font}`;
    context.textBaseline = "middle";
    context.textAlign = "left";
    context.fillStyle = colours.text;
    writeLabel(context, box, { ...place, height: spacing.groupHeader }, size);
  }
}

function paintBoxes(context: CanvasRenderingContext2D, scene: Scene, window: Box): void {
  const { drawing, colours, camera, selected, look } = scene;
  const pixel = 1 / camera.scale;
  const labels = 208 * camera.scale >= 40;
  if (labels) {
    context.font = `${Math.max(13, 9 * pixel)}px ${colours.font}`;
    context.textBaseline = "middle";
    context.textAlign = "left";
  }
  for (const [id, box] of drawing.boxes) {
    const place = drawing.layout.boxes.get(id);
    if (box.group || place === undefined || !touches(place, window)) continue;
    const { tone } = look(id);
    const { x, y, width, height } = place;
    const colour = tone === "" ? colours.edge : colours.tone(tone);
    context.fillStyle = colours.box;
    context.fillRect(x, y, width, height);
    if (labels) {
      context.fillStyle = colour;
      context.fillRect(x, y, Math.max(6, 3 * pixel), height);
      context.fillStyle = colours.text;
      writeLabel(context, box, place, Math.max(13, 9 * pixel));
      context.strokeStyle = colours.border;
      context.lineWidth = pixel;
      context.strokeRect(x, y, width, height);
    } else {
      context.fillStyle = colour;
      context.fillRect(x, y, width, height);
    }
    if (id === selected) {
      context.strokeStyle = colours.selected;
      context.lineWidth = 2 * pixel;
      context.strokeRect(x - 2 * pixel, y - 2 * pixel, width + 4 * pixel, height + 4 * pixel);
    }
  }
}

/** As many letters as have room: measuring each of 2,000 texts would take longer than a frame. */
function writeLabel(context: CanvasRenderingContext2D, { label }: GraphBox, place: Box, size: number): void {
  const room = Math.floor((place.width - 16 - size * 0.5) / (size * 0.52));
  const text = label.length <= room ? label : `${label.slice(0, Math.max(1, room - 1))}…`;
  context.fillText(text, place.x + 12 + size * 0.3, place.y + place.height / 2);
}
