import { newId } from "../protocol/ids.ts";
import type { ArtifactRecord, ValueRecord } from "../protocol/records.ts";
import { knowsSecrets, redactDeep } from "../system/redaction.ts";
import { currentScope, type Scope } from "./context.ts";
import { settleOne } from "./pending.ts";
import { append } from "./run.ts";

/** Milliseconds between two records of one progress: a loop may report every row. */
const progressEvery = 100;

interface Progress {
  readonly id: string;
  /** What was reported and not written yet. */
  latest: { readonly percent: number; readonly description: string | undefined } | undefined;
  waiting: boolean;
}

const progresses = new WeakMap<object, Map<string, Progress>>();

/** Records an artifact of the run. Outside a run there is nothing to attach it to: it does nothing. */
export async function recordArtifact(
  type: ArtifactRecord["type"],
  key: string,
  data: unknown,
  description: string | undefined,
): Promise<void> {
  checkKey(key);
  const scope = currentScope();
  if (scope === undefined) return;
  // The flow waits for it as for a task: a large table is written to a file of its own.
  scope.flowRun.pending++;
  try {
    // An artifact is there to be looked at and never read back: it stands without its secrets, not sealed.
    const shown = knowsSecrets() ? redactDeep(data) : data;
    const kept = await scope.flowRun.run.host.values.keep(shown, `artifact "${key}"`);
    write(scope, newId(), type, key, kept, description);
  } finally {
    settleOne(scope.flowRun);
  }
}

/** @param percent 0 to 100. */
export function recordProgress(key: string, percent: number, description: string | undefined): void {
  checkKey(key);
  if (!(percent >= 0 && percent <= 100)) {
    throw new TypeError(`artifact.progress("${key}"): ${percent} is no percentage; give a number from 0 to 100`);
  }
  const scope = currentScope();
  if (scope === undefined) return;
  const progress = progressOf(scope, key);
  progress.latest = { percent, description };
  if (percent === 100) flush(scope, key, progress);
  if (progress.waiting) return;
  flush(scope, key, progress);
  progress.waiting = true;
  const { clock } = scope.flowRun.run.host;
  clock.after(progressEvery, () => {
    progress.waiting = false;
    flush(scope, key, progress);
  });
}

/** Writes what was reported last, whatever the throttle: before a flow run ends. */
export function flushProgress(scope: Scope): void {
  for (const [key, progress] of progresses.get(scope.flowRun) ?? []) flush(scope, key, progress);
}

function flush(scope: Scope, key: string, progress: Progress): void {
  if (progress.latest === undefined) return;
  const { percent, description } = progress.latest;
  progress.latest = undefined;
  // One id for all reports under a key: each replaces the one before.
  write(scope, progress.id, "progress", key, { kind: "inline", data: [percent] }, description);
}

function progressOf(scope: Scope, key: string): Progress {
  let known = progresses.get(scope.flowRun);
  if (known === undefined) {
    known = new Map();
    progresses.set(scope.flowRun, known);
  }
  let progress = known.get(key);
  if (progress === undefined) {
    progress = { id: newId(), latest: undefined, waiting: false };
    known.set(key, progress);
  }
  return progress;
}

function write(
  scope: Scope,
  id: string,
  type: ArtifactRecord["type"],
  key: string,
  data: ValueRecord,
  description: string | undefined,
): void {
  const { flowRun, task } = scope;
  append(flowRun.run, {
    kind: "artifact",
    id,
    key,
    type,
    ...(description === undefined ? {} : { description }),
    data,
    flow_run_id: flowRun.id,
    ...(task === undefined ? {} : { task_run_id: task.id }),
    at: flowRun.run.host.clock.now(),
  });
}

/** Prefect's rule for artifact keys (schemas/validators.py). */
function checkKey(key: string): void {
  if (typeof key === "string" && /^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(key)) return;
  throw new TypeError(
    `artifact key ${JSON.stringify(key)}: use lower-case letters, digits and single dashes, as in "row-counts"`,
  );
}
