import type { CSSProperties, VNode } from "preact";
import { memo } from "preact/compat";
import { useMemo } from "preact/hooks";
import type { LogRecord } from "../../../runtime/protocol/records.ts";
import { formatCount, formatMoment, formatPlural } from "../../kit/format.ts";
import { Icon } from "../../kit/icon.tsx";
import type { AnsiStyle } from "./ansi.ts";
import { fieldsText, levelOf, levelWords, messageShape, type TimeStyle, timeText } from "./line-text.ts";
import { type MessageRun, messageRuns } from "./message-parts.ts";

export type LogLink = NonNullable<MessageRun["link"]>;

export interface LogRowProps {
  readonly index: number;
  readonly line: LogRecord | undefined;
  /** Name of the task run, or of the subflow. */
  readonly task: string;
  readonly times: TimeStyle;
  readonly start: number;
  readonly expanded: boolean;
  readonly active: boolean;
  readonly selected: boolean;
  /** The text that is looked for; "" for none. */
  readonly wanted: string;
  readonly found: boolean;
  readonly onToggle: (index: number) => void;
  readonly onActivate: (index: number, extend: boolean) => void;
  readonly onTask: (taskRunId: string) => void;
  readonly onLink: (link: LogLink) => void;
}

const levelIcons = { debug: "circle-small", info: "info", warn: "warning", error: "error" } as const;

/** Rows of a table of HTML cannot be moved by a transform; the list has the focus and names its active row. */
const row = { role: "row" } as const;
const cell = { role: "gridcell" } as const;

export const LogRow = memo(DrawnRow);

function DrawnRow(props: LogRowProps): VNode {
  const { index, line } = props;
  const place = { ...row, id: `log-line-${index}`, "aria-rowindex": index + 1, "data-row": index };
  if (line === undefined) {
    return (
      <div {...place} class="log-row log-row-loading">
        <span class="log-loading" {...cell} />
      </div>
    );
  }
  const level = levelOf(line.level);
  const classes = ["log-row", `log-${level}`];
  if (props.expanded) classes.push("log-expanded");
  if (props.active) classes.push("log-active");
  if (props.selected) classes.push("log-selected");
  if (props.found) classes.push("log-found");
  const state = {
    "aria-selected": props.active || props.selected ? "true" : "false",
    onMouseDown: (event: MouseEvent) => {
      if (event.button === 0) props.onActivate(index, event.shiftKey);
    },
  } as const;
  return (
    <div {...place} {...state} class={classes.join(" ")}>
      <span class="log-time" {...cell} title={formatMoment(line.at)}>
        {timeText(line.at, props.times, props.start)}
      </span>
      <span class="log-level" {...cell}>
        <Icon name={levelIcons[level]} label={levelWords[level]} title={levelWords[level]} />
      </span>
      <TaskCell line={line} task={props.task} onTask={props.onTask} />
      <Message {...props} line={line} />
    </div>
  );
}

function TaskCell({ line, task, onTask }: Pick<LogRowProps, "task" | "onTask"> & { readonly line: LogRecord }): VNode {
  const { task_run_id: id } = line;
  return (
    <span class="log-task ellipsis" {...cell} title={task}>
      {id === undefined ? (
        task
      ) : (
        <button type="button" tabIndex={-1} title={`Only lines of ${task}`} onClick={() => onTask(id)}>
          {task}
        </button>
      )}
    </span>
  );
}

function Message(props: LogRowProps & { readonly line: LogRecord }): VNode {
  const { line, expanded, wanted, index } = props;
  const shape = useMemo(() => messageShape(line.message, expanded), [line.message, expanded]);
  const runs = useMemo(() => messageRuns(shape.text, wanted), [shape.text, wanted]);
  const fields = fieldsText(line.fields);
  const hidden = [
    ...(shape.hiddenLines > 0 ? [`${formatPlural(shape.hiddenLines, "more line")}`] : []),
    ...(shape.hiddenCharacters > 0 ? [`${formatCount(shape.hiddenCharacters)} more characters`] : []),
  ];
  return (
    <span class="log-message" {...cell}>
      <span class="log-text">
        {runs.map((run, at) => (
          <Run key={at} run={run} onLink={props.onLink} />
        ))}
        {fields === "" ? null : <span class="log-fields"> {fields}</span>}
      </span>
      {hidden.length === 0 ? null : (
        <button type="button" tabIndex={-1} class="link log-more" onClick={() => props.onToggle(index)}>
          Show {hidden.join(" and ")}
        </button>
      )}
      <button
        type="button"
        tabIndex={-1}
        class="log-expand codicon"
        title={expanded ? "Collapse (Enter)" : "Expand (Enter)"}
        aria-label={expanded ? "Collapse" : "Expand"}
        onClick={() => props.onToggle(index)}
      >
        <Icon name={expanded ? "fold" : "unfold"} />
      </button>
    </span>
  );
}

function Run({ run, onLink }: { readonly run: MessageRun; readonly onLink: (link: LogLink) => void }): VNode {
  const { link } = run;
  const parts = run.parts.map((part, at) => {
    const look = lookOf(part.style);
    const text = part.marked ? <mark>{part.text}</mark> : part.text;
    return look === undefined ? (
      text
    ) : (
      <span key={at} class={look.class} style={look.style}>
        {text}
      </span>
    );
  });
  if (link === null) return <>{parts}</>;
  const title = link.kind === "url" ? `Open ${link.url}` : `Open ${link.file}:${link.line}`;
  return (
    <button type="button" tabIndex={-1} class="link log-link" title={title} onClick={() => onLink(link)}>
      {parts}
    </button>
  );
}

function lookOf(style: AnsiStyle): { readonly class: string; readonly style: CSSProperties } | undefined {
  const names = Object.keys(style);
  if (names.length === 0) return undefined;
  const inverse = style.inverse === true;
  const color = cssColor(inverse ? style.background : style.color);
  const background = cssColor(inverse ? style.color : style.background);
  return {
    class: names
      .filter((name) => name !== "color" && name !== "background")
      .map((name) => `ansi-${name}`)
      .join(" "),
    style: {
      ...(color === undefined ? (inverse ? { color: "var(--vscode-editor-background)" } : {}) : { color }),
      ...(background === undefined
        ? inverse
          ? { backgroundColor: "var(--vscode-foreground)" }
          : {}
        : { backgroundColor: background }),
    },
  };
}

/** Names in themes, and what stands in where a window knows no terminal's colours. */
const ansiColors = [
  ["Black", "descriptionForeground"],
  ["Red", "charts-red"],
  ["Green", "charts-green"],
  ["Yellow", "charts-yellow"],
  ["Blue", "charts-blue"],
  ["Magenta", "charts-purple"],
  ["Cyan", "charts-blue"],
  ["White", "foreground"],
] as const;

function cssColor(color: number | string | undefined): string | undefined {
  if (typeof color !== "number") return color;
  const [name, other] = ansiColors[color % 8] ?? ansiColors[7];
  return `var(--vscode-terminal-ansi${color >= 8 ? "Bright" : ""}${name}, var(--vscode-${other}))`;
}
