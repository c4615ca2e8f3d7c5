import "./parts.css";
import { useSignal } from "@preact/signals";
import type { ComponentChildren, VNode } from "preact";
import { useMemo } from "preact/hooks";
import type { ErrorRecord } from "../../runtime/protocol/errors.ts";
import { CopyButton } from "./copy-button.tsx";
import { type ErrorFrame, type ErrorView, errorText, errorView } from "./error-view.ts";
import { relativePath } from "./format.ts";
import { usePage } from "./host-context.tsx";
import { Icon } from "./icon.tsx";
import { Link } from "./link.tsx";

export interface ErrorBoxProps {
  readonly error: ErrorRecord;
  /** The run whose kept sources the frames point into. */
  readonly runId?: string;
  readonly children?: ComponentChildren;
}

export function ErrorBox({ error, runId, children }: ErrorBoxProps): VNode {
  const view = useMemo(() => errorView(error), [error]);
  return (
    <section class="error-box" aria-label="Error">
      <ErrorBody view={view} runId={runId} copy={<CopyButton what="error" text={() => errorText(error)} />} />
      {children}
    </section>
  );
}

function ErrorBody(props: { view: ErrorView; runId: string | undefined; copy?: VNode; cause?: boolean }): VNode {
  const { view, runId } = props;
  const open = useSignal(false);
  return (
    <>
      <div class="error-head">
        <Icon name="error" class="state-failed" label={props.cause === true ? "Caused by" : "Error"} />
        <div class="error-message">
          {props.cause === true ? <span class="muted">Caused by </span> : null}
          {view.name === "Error" ? null : <span class="error-name">{view.name}: </span>}
          {view.message}
        </div>
        {props.copy}
      </div>
      <Frames frames={view.frames} runId={runId} />
      {view.others.length === 0 ? null : (
        <div class="error-more">
          <Link
            onClick={() => {
              open.value = !open.value;
            }}
          >
            {open.value ? "Hide other frames" : `Show ${view.others.length} other frames`}
          </Link>
        </div>
      )}
      {open.value ? <Frames frames={view.others} runId={runId} /> : null}
      {view.cause === null ? null : <ErrorBody view={view.cause} runId={runId} cause />}
    </>
  );
}

function Frames({ frames, runId }: { frames: readonly ErrorFrame[]; runId: string | undefined }): VNode | null {
  const { host, surroundings } = usePage();
  if (frames.length === 0) return null;
  return (
    <ol class="error-frames">
      {frames.map(({ name, location, text }, index) => (
        <li key={index}>
          {location === null ? (
            <span class="muted mono">{text}</span>
          ) : (
            <>
              <Link
                class="mono"
                title={`${location.file}:${location.line}:${location.column}`}
                onClick={() =>
                  void host.call("openSource", { ...location, ...(runId === undefined ? {} : { run_id: runId }) })
                }
              >
                {relativePath(location.file, surroundings.value.folders)}:{location.line}
              </Link>
              {name === "" ? null : <span class="muted"> {name}</span>}
            </>
          )}
        </li>
      ))}
    </ol>
  );
}
