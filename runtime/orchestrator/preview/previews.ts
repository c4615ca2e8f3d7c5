/** Previews of values for pages, made in a worker thread that is there while somebody asks. */
import path from "node:path";
import { Worker } from "node:worker_threads";
import type { ValuePreview } from "../../protocol/editor-api.ts";
import type { PreviewTask } from "./preview-value.ts";

export type PreviewAnswer =
  | { readonly id: number; readonly preview: ValuePreview }
  | { readonly id: number; readonly failure: string };

export interface Previews {
  /** Never rejects: what cannot be shown is "missing" with the reason. */
  make(task: PreviewTask): Promise<ValuePreview>;
  close(): void;
}

export interface PreviewsOptions {
  /** The worker's file; beside the bundle when left out. */
  readonly worker?: string;
  /** Milliseconds for one preview. */
  readonly limit?: number;
  /** Milliseconds after which a worker that nobody asks ends. */
  readonly idleAfter?: number;
}

interface Waiting {
  readonly resolve: (preview: ValuePreview) => void;
  readonly timer: NodeJS.Timeout;
}

const heap = { maxOldGenerationSizeMb: 1024 } as const;

export function createPreviews(options: PreviewsOptions = {}): Previews {
  const { limit = 30_000, idleAfter = 30_000 } = options;
  const waiting = new Map<number, Waiting>();
  let thread: Worker | undefined;
  let idle: NodeJS.Timeout | undefined;
  let lastId = 0;

  const settle = (id: number, preview: ValuePreview): void => {
    const asked = waiting.get(id);
    if (asked === undefined) return;
    waiting.delete(id);
    clearTimeout(asked.timer);
    asked.resolve(preview);
    if (waiting.size === 0) idle = setTimeout(end, idleAfter).unref();
  };
  const settleAll = (reason: string): void => {
    for (const id of [...waiting.keys()]) settle(id, { kind: "missing", reason });
  };
  /** The next question begins a new one. */
  function end(): void {
    clearTimeout(idle);
    const old = thread;
    thread = undefined;
    void old?.terminate();
  }
  function start(): Worker {
    const made = new Worker(options.worker ?? workerFile(), { name: "millrace preview", resourceLimits: heap });
    made.unref();
    made.on("message", (answer: PreviewAnswer) => {
      settle(answer.id, "preview" in answer ? answer.preview : cannot(answer.failure));
    });
    const gone = (reason: string): void => {
      if (thread !== made) return;
      thread = undefined;
      settleAll(reason);
    };
    made.on("error", (error) => gone(`The value cannot be shown: ${error.message}`));
    made.on("exit", () => gone("The value cannot be shown: what reads it ended."));
    return made;
  }

  return {
    make(task) {
      clearTimeout(idle);
      thread ??= start();
      const id = ++lastId;
      const asked = Promise.withResolvers<ValuePreview>();
      const timer = setTimeout(() => {
        settle(id, { kind: "missing", reason: `Reading the value took longer than ${limit / 1000} seconds.` });
        end();
        settleAll("The value cannot be shown: reading another one took too long. Ask again.");
      }, limit);
      waiting.set(id, { resolve: asked.resolve, timer });
      thread.postMessage({ id, task });
      return asked.promise;
    },
    close() {
      end();
      settleAll("The orchestrator ends.");
    },
  };
}

function cannot(message: string): ValuePreview {
  return { kind: "missing", reason: `The value cannot be shown: ${message}` };
}

function workerFile(): string {
  if (typeof __dirname === "string") return path.join(__dirname, "preview.cjs");
  throw new Error("the sources are not bundled: say where the preview worker is (PreviewsOptions.worker)");
}
