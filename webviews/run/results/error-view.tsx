import "./results.css";
import { useSignal } from "@preact/signals";
import type { ComponentChildren, VNode } from "preact";
import { useMemo } from "preact/hooks";
import type { ErrorRecord } from "../../../runtime/protocol/errors.ts";
import { CopyButton } from "../../kit/copy-button.tsx";
import { relativePath } from "../../kit/format.ts";
import { usePage } from "../../kit/host-context.tsx";
import { Icon } from "../../kit/icon.tsx";
import { Link } from "../../kit/link.tsx";
import {
  errorText,
  type FrameGroup,
  fieldProblems,
  type ShownError,
  type ShownFrame,
  showError,
  splitCode,
} from "./error-frames.ts";

export interface ErrorViewProps {
  readonly error: ErrorRecord;
  /** The run whose kept sources the frames point into. */
  readonly runId: string;
  /** Actions below the error. */
  readonly children?: ComponentChildren;
}

/** The message first, then the user's own frames, everybody else's folded, then what caused it. */
export function ErrorView({ error, runId, children }: ErrorViewProps): VNode {
  const shown = useMemo(() => showError(error), [error]);
  const { summary, fields } = useMemo(() => fieldProblems(error), [error]);
  const { text, code } = splitCode(summary);
  return (
    // biome-ignore lint/a11y/useSemanticElements: no landmark, because one error may stand in several places of a page
    <div class="error-view" role="group" aria-label="Error">
      <div class="error-view-head">
        <Icon name="error" class="state-failed" />
        <div class="error-view-message">
          {shown.name === "Error" || shown.name === "MillraceError" ? null : <span class="muted">{shown.name}: </span>}
          {text}
        </div>
        <CopyButton text={() => errorText(error)} what="error" />
      </div>
      {code === "" ? null : <pre class="error-code">{code}</pre>}
      {fields.length === 0 ? null : (
        <dl class="error-fields">
          {fields.map((field) => (
            <div key={field.path}>
              <dt class="mono">{field.path}</dt>
              <dd>{field.message}</dd>
            </div>
          ))}
        </dl>
      )}
      {fields.length > 0 ? null : <Groups groups={shown.groups} runId={runId} />}
      <Causes cause={shown.cause} runId={runId} />
      {children}
    </div>
  );
}

function Causes({ cause, runId }: { readonly cause: ShownError | null; readonly runId: string }): VNode | null {
  if (cause === null) return null;
  return (
    <div class="error-cause">
      <div class="error-view-message">
        <span class="muted">Caused by {cause.name}: </span>
        {cause.message}
      </div>
      <Groups groups={cause.groups} runId={runId} />
      <Causes cause={cause.cause} runId={runId} />
    </div>
  );
}

function Groups({ groups, runId }: { readonly groups: readonly FrameGroup[]; readonly runId: string }): VNode | null {
  if (groups.length === 0) return null;
  return (
    <div class="error-frames-list">
      {groups.map((group, index) =>
        group.kind === "user" ? (
          <Frames key={index} frames={group.frames} runId={runId} />
        ) : (
          <Folded key={index} frames={group.frames} label={group.label} runId={runId} />
        ),
      )}
    </div>
  );
}

function Folded(props: {
  readonly frames: readonly ShownFrame[];
  readonly label: string;
  readonly runId: string;
}): VNode {
  const open = useSignal(false);
  return (
    <>
      <button
        type="button"
        class="error-folded"
        aria-expanded={open.value ? "true" : "false"}
        onClick={() => {
          open.value = !open.value;
        }}
      >
        <Icon name={open.value ? "chevron-down" : "chevron-right"} />
        {props.label}
      </button>
      {open.value ? <Frames frames={props.frames} runId={props.runId} /> : null}
    </>
  );
}

function Frames({ frames, runId }: { readonly frames: readonly ShownFrame[]; readonly runId: string }): VNode {
  const { host, surroundings, attempt } = usePage();
  return (
    <ol class="error-frame-list">
      {frames.map(({ name, file, line, column }, index) => (
        <li key={index} class="mono">
          {file === null ? (
            <span class="muted">{name}</span>
          ) : (
            <>
              <Link
                title={`${file}:${line}:${column}`}
                onClick={() => attempt(host.call("openSource", { file, line, column, run_id: runId }))}
              >
                {relativePath(file, surroundings.value.folders)}:{line}
              </Link>
              {name === "" ? null : <span class="muted"> {name}</span>}
            </>
          )}
        </li>
      ))}
    </ol>
  );
}
