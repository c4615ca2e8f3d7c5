import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useId, useMemo, useRef } from "preact/hooks";
import { CopyButton } from "../../kit/copy-button.tsx";
import { Icon } from "../../kit/icon.tsx";
import { Button } from "../../kit/toolkit.ts";
import { parseJson, type TreeChoices, type TreeLine, treeLines } from "./json-tree.ts";
import { parseIndented, textTreeLines } from "./text-tree.ts";
import { moveInTree, type TreeMove } from "./tree-keys.ts";
import { TruncatedNote } from "./value-view.tsx";

export interface JsonViewProps {
  readonly text: string;
  readonly truncated: boolean;
  readonly size_bytes: number | null;
  readonly label: string;
}

/** Lines of a tree that are drawn; what is behind them is in the text. */
const drawnLines = 3_000;

/** A tree that folds, or the text. */
export function JsonView({ text, truncated, size_bytes, label }: JsonViewProps): VNode {
  const lines = useMemo(() => treeOf(text, truncated), [text, truncated]);
  const asText = useSignal(false);
  const isTree = lines !== undefined && !asText.value;
  return (
    <div class="value-json">
      {isTree ? <JsonTree lines={lines} label={label} /> : <pre>{text}</pre>}
      <div class="value-tools">
        {lines === undefined ? null : (
          <Button
            kind="icon"
            icon={isTree ? "json" : "list-tree"}
            title={isTree ? "Show as Text" : "Show as Tree"}
            onClick={() => {
              asText.value = isTree;
            }}
          />
        )}
        <CopyButton text={() => text} what={`${label.toLowerCase()} as text`} />
      </div>
      {truncated ? <TruncatedNote shown={text.length} size={size_bytes} /> : null}
    </div>
  );
}

type Lines = (choices: TreeChoices) => readonly TreeLine[];

function treeOf(text: string, truncated: boolean): Lines | undefined {
  const json = truncated ? undefined : parseJson(text);
  if (json !== undefined) return (choices) => treeLines(json.value, choices);
  const node = parseIndented(text);
  return node === undefined ? undefined : (choices) => textTreeLines(node, choices);
}

const toggledIn = (set: ReadonlySet<string>, path: string): ReadonlySet<string> => {
  const next = new Set(set);
  if (!next.delete(path)) next.add(path);
  return next;
};

function JsonTree({ lines: linesOf, label }: { readonly lines: Lines; readonly label: string }): VNode {
  const prefix = useId();
  const tree = useRef<HTMLDivElement>(null);
  const toggled = useSignal<ReadonlySet<string>>(new Set());
  const whole = useSignal<ReadonlySet<string>>(new Set());
  const active = useSignal("");
  const lines = linesOf({ toggled: toggled.value, whole: whole.value }).slice(0, drawnLines);
  const at = Math.max(
    0,
    lines.findIndex((line) => line.path === active.value && line.kind !== "more"),
  );
  const activate = (line: TreeLine) => {
    if (line.kind === "more") whole.value = toggledIn(whole.value, line.path);
    else if (line.size !== null && line.size > 0) toggled.value = toggledIn(toggled.value, line.path);
  };
  const follow = (move: TreeMove) => {
    const line = lines[move.to];
    if (line === undefined) return;
    if (move.toggle) activate(line);
    active.value = line.path;
    tree.current?.querySelector(`[data-line="${move.to}"]`)?.scrollIntoView({ block: "nearest" });
  };
  return (
    <div
      ref={tree}
      class="json-tree mono"
      role="tree"
      tabIndex={0}
      aria-label={label}
      aria-activedescendant={`${prefix}-${at}`}
      onKeyDown={(event) => {
        const move = moveInTree(event.key, at, lines);
        if (move === undefined) return;
        event.preventDefault();
        follow(move);
      }}
    >
      {lines.map((line, index) => (
        <JsonLine
          key={`${line.path} ${line.kind}`}
          line={line}
          id={`${prefix}-${index}`}
          index={index}
          active={index === at}
          onActivate={() => {
            active.value = line.path;
            activate(line);
          }}
        />
      ))}
    </div>
  );
}

interface JsonLineProps {
  readonly line: TreeLine;
  readonly id: string;
  readonly index: number;
  readonly active: boolean;
  readonly onActivate: () => void;
}

function JsonLine({ line, id, index, active, onActivate }: JsonLineProps): VNode {
  const folds = line.size !== null && line.size > 0;
  const item = {
    role: "treeitem",
    id,
    "data-line": index,
    "aria-level": line.depth + 1,
    "aria-selected": active ? "true" : "false",
    ...(folds ? { "aria-expanded": line.open } : {}),
    onClick: onActivate,
  } as const;
  return (
    <div
      {...item}
      class={active ? "json-line active" : "json-line"}
      style={{ paddingInlineStart: `${8 + line.depth * 16}px` }}
    >
      <span class="json-fold">{folds ? <Icon name={line.open ? "chevron-down" : "chevron-right"} /> : null}</span>
      {line.name === null ? null : <span class="json-name">{line.name}: </span>}
      <span class={line.kind === "more" ? "json-more" : `json-value json-${line.kind}`}>{line.text}</span>
    </div>
  );
}
