import "./graph.css";
import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { Button } from "../../kit/toolkit.ts";
import { BoxView } from "./box.tsx";
import { type Colours, onThemeChange, readColours } from "./colours.ts";
import { createGraphControl, type GraphControl } from "./control.ts";
import { paint } from "./paint.ts";
import type { GraphSource } from "./types.ts";

export interface GraphViewProps {
  readonly source: GraphSource;
  readonly label: string;
}

/**
 * Edges are painted on a canvas; boxes are elements, those in sight only. From far away boxes are painted too, and only
 * the one that has the focus is an element.
 */
export function GraphView({ source, label }: GraphViewProps): VNode {
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const plane = useRef<HTMLDivElement>(null);
  const control = useMemo(() => createGraphControl(source), [source]);
  const colours = useSignal<Colours | null>(null);
  // The same object each time, so that it is not drawn again with each box that comes.
  const tools = useMemo(() => <Tools control={control} />, [control]);

  useEffect(() => {
    colours.value = readColours();
    return onThemeChange(() => {
      colours.value = readColours();
    });
  }, [colours]);
  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    return control.attach(element);
  }, [control]);

  const pending = useRef(0);
  useSignalEffect(() => {
    const theme = colours.value;
    const area = control.area.value;
    const camera = control.camera.value;
    const drawing = source.drawing.value;
    const selected = source.selected.value;
    const far = control.far.value;
    // Only what is painted depends on looks: the colour of an edge, and boxes that are far away.
    source.looks.value;
    cancelAnimationFrame(pending.current);
    pending.current = requestAnimationFrame(() => {
      const element = canvas.current;
      const context = element?.getContext("2d");
      if (plane.current !== null) {
        plane.current.style.transform = `translate(${camera.x}px, ${camera.y}px) scale(${camera.scale})`;
      }
      if (element === null || context == null || theme === null || area.width === 0) return;
      const ratio = window.devicePixelRatio || 1;
      const [width, height] = [Math.round(area.width * ratio), Math.round(area.height * ratio)];
      if (element.width !== width) element.width = width;
      if (element.height !== height) element.height = height;
      paint(context, { drawing, camera, area, colours: theme, selected, far, look: control.peekLook }, ratio);
    });
  });

  const drawing = source.drawing.value;
  const current = control.current.value;
  return (
    <div class="graph">
      <div ref={frame} class="graph-frame" role="application" aria-label={label} aria-roledescription="graph">
        <canvas ref={canvas} />
        <div ref={plane} class="graph-plane">
          {control.visible.value.map((id) => {
            const box = drawing.boxes.get(id);
            const place = drawing.layout.boxes.get(id);
            if (box === undefined || place === undefined) return null;
            return <BoxView key={id} box={box} place={place} source={source} current={id === current} />;
          })}
        </div>
      </div>
      {tools}
    </div>
  );
}

function Tools({ control }: { readonly control: GraphControl }): VNode {
  const percent = useComputed(() => `${Math.round(control.camera.value.scale * 100)}%`);
  return (
    <div class="graph-tools toolbar" role="toolbar" aria-label="Zoom">
      <Button kind="icon" icon="zoom-out" title="Zoom Out (-)" onClick={() => control.zoom(1 / 1.25)} />
      <span class="graph-scale numeric" aria-hidden="true">
        {percent}
      </span>
      <Button kind="icon" icon="zoom-in" title="Zoom In (+)" onClick={() => control.zoom(1.25)} />
      <Button kind="icon" icon="screen-full" title="Show All (0)" onClick={() => control.showAll()} />
    </div>
  );
}
