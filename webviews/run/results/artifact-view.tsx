import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { ArtifactRecord } from "../../../runtime/protocol/records.ts";
import { usePage } from "../../kit/host-context.tsx";
import { Icon } from "../../kit/icon.tsx";
import { Link } from "../../kit/link.tsx";
import { EmptyState, Skeleton } from "../../kit/notices.tsx";
import { RelativeTime } from "../../kit/times.tsx";
import { Button } from "../../kit/toolkit.ts";
import { resolveFile } from "../logs/links.ts";
import type { RunStore, Selection } from "../store.ts";
import { simpleValue, textField } from "./artifact-model.ts";
import { targetOf } from "./link-target.ts";
import { ValueView } from "./value-view.tsx";

const icons = {
  markdown: "markdown",
  table: "table",
  link: "link-external",
  image: "file-media",
  progress: "loading",
} as const;

export interface ArtifactViewProps {
  /** Of one key, oldest first. */
  readonly versions: readonly ArtifactRecord[];
  readonly store: RunStore;
  readonly selection: Selection;
}

export function ArtifactView({ versions, store, selection }: ArtifactViewProps): VNode | null {
  /** Counted from the newest, so that a new version is shown when it comes. */
  const back = useSignal(0);
  const index = Math.max(0, versions.length - 1 - back.value);
  const artifact = versions[index];
  if (artifact === undefined) return null;
  const { task_run_id: taskRunId } = artifact;
  const task = taskRunId === undefined ? undefined : store.task(taskRunId);
  return (
    <section class="artifact" aria-label={`Artifact ${artifact.key}`}>
      <header class="artifact-head">
        <Icon name={artifact.type === "progress" ? "graph-line" : icons[artifact.type]} />
        <h2>{artifact.key}</h2>
        <span class="artifact-by muted">
          {task === undefined ? null : (
            <>
              <Link onClick={() => selection.select(task.id)}>{task.name}</Link> ·{" "}
            </>
          )}
          <RelativeTime time={artifact.at} />
        </span>
        {versions.length < 2 ? null : (
          <span class="artifact-versions numeric">
            <Button
              kind="icon"
              icon="chevron-left"
              title="Earlier Version"
              disabled={index === 0}
              onClick={() => {
                back.value++;
              }}
            />
            {index + 1} of {versions.length}
            <Button
              kind="icon"
              icon="chevron-right"
              title="Later Version"
              disabled={back.value === 0}
              onClick={() => {
                back.value--;
              }}
            />
          </span>
        )}
      </header>
      {artifact.description === undefined ? null : <Markdown text={artifact.description} store={store} quiet />}
      <ArtifactContent artifact={artifact} store={store} />
    </section>
  );
}

function ArtifactContent({ artifact, store }: { readonly artifact: ArtifactRecord; readonly store: RunStore }): VNode {
  const { host, attempt } = usePage();
  const simple = useMemo(() => simpleValue(artifact.data), [artifact.data]);
  const value = simple?.value;
  if (artifact.type === "markdown" && typeof value === "string") return <Markdown text={value} store={store} />;
  if (artifact.type === "progress" && typeof value === "number") {
    return <Progress percent={value} label={artifact.key} />;
  }
  const url = textField(value, "url");
  if (artifact.type === "link" && url !== undefined) {
    return (
      <p class="artifact-link">
        <Link title={url} onClick={() => attempt(host.call("openExternal", { url }))}>
          {textField(value, "text") ?? url}
        </Link>
      </p>
    );
  }
  if (artifact.type === "image" && url !== undefined) {
    return url.startsWith("data:image/") ? (
      <figure class="value-image">
        <img src={url} alt={artifact.description ?? artifact.key} />
      </figure>
    ) : (
      <p class="artifact-link">
        <Link title={url} onClick={() => attempt(host.call("openExternal", { url }))}>
          Open the image in the browser
        </Link>{" "}
        <span class="muted">Pages load nothing from the web by themselves.</span>
      </p>
    );
  }
  return <LazyValue artifact={artifact} />;
}

/** Read when it comes into sight: a run may have hundreds. */
function LazyValue({ artifact }: { readonly artifact: ArtifactRecord }): VNode {
  const place = useRef<HTMLDivElement>(null);
  const seen = useSignal(false);
  useEffect(() => {
    if (place.current === null || seen.value) return;
    const observer = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) seen.value = true;
    });
    observer.observe(place.current);
    return () => observer.disconnect();
  }, [seen, seen.value]);
  if (!seen.value) return <div ref={place} class="artifact-unseen" />;
  return (
    <ValueView
      source={{ of: "artifact", flow_run_id: artifact.flow_run_id, artifact_id: artifact.id }}
      label={artifact.key}
      version={artifact.at}
    />
  );
}

function Progress({ percent, label }: { readonly percent: number; readonly label: string }): VNode {
  const share = Math.max(0, Math.min(100, percent));
  const text = `${share >= 100 ? 100 : Math.floor(share)}%`;
  return (
    <div class="artifact-progress">
      <div
        class="artifact-bar"
        role="progressbar"
        aria-label={label}
        aria-valuenow={Math.floor(share)}
        aria-valuemin={0}
        aria-valuemax={100}
      >
        <div class={share >= 100 ? "full" : ""} style={{ width: `${share}%` }} />
      </div>
      <span class="numeric">{text}</span>
    </div>
  );
}

interface MarkdownProps {
  readonly text: string;
  readonly store: RunStore;
  readonly quiet?: boolean;
}

function Markdown({ text, store, quiet }: MarkdownProps): VNode {
  const { host, attempt } = usePage();
  const html = useSignal<string | null>(null);
  useEffect(() => {
    // What reads markdown is a fifth of the page's script, and most runs have none.
    void import("./markdown.ts").then(({ markdownHtml }) => {
      html.value = markdownHtml(text);
    });
  }, [text, html]);
  const open = (event: Event): void => {
    const link = event.target instanceof Element ? event.target.closest("[data-href]") : null;
    const target = targetOf(link?.getAttribute("data-href") ?? "");
    if (target === undefined) return;
    event.preventDefault();
    const done =
      "url" in target
        ? host.call("openExternal", target)
        : host.call("openSource", {
            ...target,
            file: resolveFile(target.file, store.run.peek()?.cwd ?? null),
            run_id: store.runId,
          });
    attempt(done);
  };
  if (html.value === null) return <Skeleton label="Reading the text" rows={2} />;
  if (html.value === "") return <EmptyState>This text is empty.</EmptyState>;
  const content = {
    // Made by markdown.ts, which lets no HTML through.
    dangerouslySetInnerHTML: { __html: html.value },
    onClick: open,
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key === "Enter") open(event);
    },
  };
  return <div class={quiet === true ? "markdown muted" : "markdown"} {...content} />;
}
