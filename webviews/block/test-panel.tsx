/** How testing went, step by step. */
import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import type { BlockTestStep } from "../../runtime/protocol/blocks.ts";
import { formatDuration } from "../kit/format.ts";
import { Icon } from "../kit/icon.tsx";
import { Link } from "../kit/link.tsx";
import { ProgressRing } from "../kit/toolkit.ts";
import type { BlockState } from "./block-state.ts";

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

export function TestPanel({ state }: { readonly state: BlockState }): VNode | null {
  const testing = state.testing.value;
  if (testing === null) return null;
  return (
    <section class="block-test" aria-label="Test" aria-live="polite">
      {testing.state === "running" ? (
        <Running since={testing.since} onCancel={state.cancelTest} />
      ) : testing.state === "refused" ? (
        <p class="block-test-title">
          <Icon name="error" class="state-failed" label="Not tested" />
          <span>{testing.message}</span>
        </p>
      ) : (
        <>
          <p class="block-test-title">
            {testing.test.ok ? (
              <Icon name="pass" class="state-completed" label="Passed" />
            ) : (
              <Icon name="error" class="state-failed" label="Failed" />
            )}
            <strong>{testing.test.ok ? "Connection works" : "Connection failed"}</strong>
            <span class="muted">
              at {clock.format(testing.at)}
              {state.isTestOld.value ? " · before the last change" : ""}
            </span>
          </p>
          <ol class="block-steps">
            {testing.test.steps.map((step) => (
              <Step key={step.name} step={step} />
            ))}
          </ol>
        </>
      )}
    </section>
  );
}

function Step({ step }: { readonly step: BlockTestStep }): VNode {
  const { name, state, message, duration_ms: duration } = step;
  const look = {
    ok: { icon: "check", tone: "state-completed", word: "ok" },
    failed: { icon: "close", tone: "state-failed", word: "failed" },
    skipped: { icon: "dash", tone: "state-skipped", word: "skipped" },
  }[state];
  return (
    <li class={`block-step ${state}`}>
      <Icon name={look.icon} class={look.tone} label={look.word} />
      <span class="block-step-text">
        <span>{name}</span>
        {message === null ? null : <span class={state === "failed" ? "block-step-wrong" : "muted"}>{message}</span>}
      </span>
      {state === "skipped" ? null : <span class="muted duration">{formatDuration(duration)}</span>}
    </li>
  );
}

function Running({ since, onCancel }: { readonly since: number; readonly onCancel: () => void }): VNode {
  const now = useSignal(Date.now());
  useEffect(() => {
    const timer = setInterval(() => {
      now.value = Date.now();
    }, 250);
    return () => clearInterval(timer);
  }, [now]);
  const seconds = Math.max(0, Math.floor((now.value - since) / 1000));
  return (
    <p class="block-test-title">
      <ProgressRing />
      <span>Testing…</span>
      <span class="muted duration" aria-hidden="true">
        {seconds} s of 15
      </span>
      <Link onClick={onCancel}>Cancel</Link>
    </p>
  );
}
