import "./results.css";
import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import type { ValuePreview, ValueSource } from "../../../runtime/protocol/editor-api.ts";
import { CopyButton } from "../../kit/copy-button.tsx";
import { formatBytes } from "../../kit/format.ts";
import { useHost } from "../../kit/host-context.tsx";
import { Banner, EmptyState, Skeleton } from "../../kit/notices.tsx";
import { JsonView } from "./json-view.tsx";
import { RowsView } from "./rows-view.tsx";

export interface ValueViewProps {
  readonly source: ValueSource;
  /** What a screen reader calls it: "Result", "Inputs". */
  readonly label: string;
  /** Changes when the value may have changed: it is read again. */
  readonly version?: string | number;
}

export const rowsPerPage = 200;

/** A value of a run as far as a page shows it: rows, JSON, a text, an image, or why there is none. */
export function ValueView({ source, label, version }: ValueViewProps): VNode {
  const host = useHost();
  const preview = useSignal<ValuePreview | null>(null);
  const problem = useSignal<string | null>(null);
  const offset = useSignal(0);
  const attempt = useSignal(0);
  const key = JSON.stringify(source);
  // The same source in a new object is no reason to read again.
  const asked = useMemo(() => source, [key]);
  useEffect(() => {
    preview.value = null;
    offset.value = 0;
  }, [asked, preview, offset]);
  useEffect(() => {
    let gone = false;
    host
      .api("POST /api/values/preview", { body: { source: asked, offset: offset.value, limit: rowsPerPage } })
      .then((answer) => {
        if (gone) return;
        preview.value = answer;
        problem.value = null;
      })
      .catch((reason: unknown) => {
        if (!gone) problem.value = reason instanceof Error ? reason.message : String(reason);
      });
    return () => {
      gone = true;
    };
  }, [host, asked, version, offset.value, attempt.value, preview, problem]);
  if (problem.value !== null) {
    const retry = () => {
      attempt.value++;
    };
    return (
      <Banner kind="warning" actions={[{ title: "Try again", run: retry }]}>
        {label} could not be read: {problem.value}
      </Banner>
    );
  }
  if (preview.value === null) return <Skeleton rows={3} label={`Reading ${label.toLowerCase()}`} />;
  return (
    <Preview
      preview={preview.value}
      label={label}
      onPage={(to) => {
        offset.value = to;
      }}
    />
  );
}

export interface PreviewProps {
  readonly preview: ValuePreview;
  readonly label: string;
  readonly onPage: (offset: number) => void;
}

export function Preview({ preview, label, onPage }: PreviewProps): VNode {
  switch (preview.kind) {
    case "rows":
      return <RowsView preview={preview} label={label} onPage={onPage} />;
    case "json":
      return <JsonView {...preview} label={label} />;
    case "text":
      return <TextValue {...preview} label={label} />;
    case "image":
      return (
        <figure class="value-image">
          <img src={`data:${preview.media_type};base64,${preview.base64}`} alt={label} />
          {preview.size_bytes === null ? null : (
            <figcaption class="muted">
              {preview.media_type} · {formatBytes(preview.size_bytes)}
            </figcaption>
          )}
        </figure>
      );
    case "missing":
      return <EmptyState>{preview.reason}</EmptyState>;
  }
}

interface TextValueProps {
  readonly text: string;
  readonly truncated: boolean;
  readonly size_bytes: number | null;
  readonly label: string;
}

function TextValue({ text, truncated, size_bytes, label }: TextValueProps): VNode {
  return (
    <div class="value-text">
      <pre>{text}</pre>
      <div class="value-tools">
        <CopyButton text={() => text} what={label.toLowerCase()} />
      </div>
      {truncated ? <TruncatedNote shown={text.length} size={size_bytes} /> : null}
    </div>
  );
}

export function TruncatedNote({ shown, size }: { readonly shown: number; readonly size: number | null }): VNode {
  return (
    <p class="value-note muted">
      Only the beginning is shown{size === null ? "" : `: ${formatBytes(shown)} of ${formatBytes(size)}`}.
    </p>
  );
}
