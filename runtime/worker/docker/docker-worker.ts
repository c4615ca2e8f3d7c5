/**
 * A worker whose runs are containers: each has a container of its own, writes its journal into the worker's home, which it
 * sees at the same path, and is watched through its socket there like any other run.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { MillraceError, toError } from "../../protocol/errors.ts";
import { homePaths } from "../../protocol/home.ts";
import type { StartRequest } from "../../protocol/live.ts";
import type { Refusal } from "../../runner/spawn.ts";
import type { ProcessEnd } from "../warm-pool.ts";
import type { NoRun, Worker } from "../worker.ts";
import { containerSpec, type DockerInfrastructure, runLabel, workerLabel } from "./container.ts";
import { type ContainerEnd, createEngine, type Engine, type EngineAddress } from "./engine.ts";

export interface DockerWorkerOptions {
  readonly home: string;
  readonly dist: string;
  /** Names the worker's containers, also for its next process. */
  readonly worker: string;
  readonly limit: number;
  readonly engine: EngineAddress;
  readonly report: (message: string, error: unknown) => void;
}

interface Container {
  readonly id: string;
  readonly output: string;
  readonly exited: Promise<ProcessEnd>;
  gone: boolean;
}

/** Milliseconds between two looks whether the run in a container has begun. */
const lookEvery = 20;
/** What a run has printed may come a little later than its end. */
const outputWithin = 2000;
/** A run is asked about for so long after its container is gone. */
const rememberedFor = 60_000;

/** @throws MillraceError "not-answering" when there is no engine. */
export async function createDockerWorker(options: DockerWorkerOptions): Promise<Worker> {
  const { home, dist, worker, limit, report } = options;
  const engine = createEngine(options.engine);
  const { isRootless } = await engine.about();
  const user =
    isRootless || process.getuid === undefined ? undefined : `${process.getuid()}:${process.getgid?.() ?? 0}`;
  const containers = new Map<string, Container>();
  /** Cancelled or asked about before there is a container. */
  let running = 0;
  let closed = false;

  const outputFile = (runId: string): string => path.join(homePaths.output(home), `${runId}.log`);

  function watch(runId: string, id: string, infrastructure: DockerInfrastructure | undefined): Container {
    const output = outputFile(runId);
    mkdirSync(path.dirname(output), { recursive: true, mode: 0o700 });
    const printed = engine
      .follow(id, (chunk) => appendFileSync(output, chunk, { mode: 0o600 }))
      .catch((thrown: unknown) => report(`the output of run ${runId}`, thrown));
    const container: Container = {
      id,
      output,
      gone: false,
      exited: engine.wait(id).then(
        async (end) => {
          await Promise.race([printed, pause(outputWithin)]);
          return processEnd(end, infrastructure);
        },
        (thrown: unknown) => ({
          code: null,
          signal: null,
          reason: `Its container is lost: ${toError(thrown).message}`,
        }),
      ),
    };
    containers.set(runId, container);
    running++;
    void container.exited.then(async ({ code }) => {
      container.gone = true;
      running--;
      if (infrastructure?.auto_remove !== false)
        await engine.remove(id).catch((thrown: unknown) => report("removing", thrown));
      if (code === 0) rmSync(output, { force: true });
      setTimeout(() => containers.delete(runId), rememberedFor).unref();
    });
    return container;
  }

  async function provideImage(engineOf: Engine, { image, image_pull_policy = "if-not-present" }: DockerInfrastructure) {
    if (image_pull_policy === "never") return;
    if (image_pull_policy === "always" || !(await engineOf.hasImage(image))) await engineOf.pull(image);
  }

  async function launch(
    start: StartRequest,
    infrastructure: DockerInfrastructure,
    refusal: string,
  ): Promise<Container> {
    await provideImage(engine, infrastructure);
    const spec = containerSpec({ start, infrastructure, home, dist, user, refusal, worker });
    const id = await engine.create(`millrace-${start.run_id}`, spec);
    try {
      await engine.start(id);
    } catch (thrown) {
      await engine.remove(id);
      throw thrown;
    }
    return watch(start.run_id, id, infrastructure);
  }

  for (const { id, labels } of await engine.list(`${workerLabel}=${worker}`)) {
    const runId = labels[runLabel];
    if (runId !== undefined) watch(runId, id, undefined);
  }

  return {
    async start(request, infrastructure): Promise<NoRun | undefined> {
      const nothing: NoRun = { refusal: undefined, end: undefined, output: undefined, error: undefined };
      if (infrastructure?.type !== "docker") {
        return {
          ...nothing,
          error: new MillraceError("bad-usage", "This worker starts containers, and the run says process."),
        };
      }
      const { image } = infrastructure;
      if (image === undefined) {
        return {
          ...nothing,
          error: new MillraceError(
            "bad-parameters",
            "infrastructure.image: neither the run nor its work pool names one.",
          ),
        };
      }
      const refusal = path.join(homePaths.output(home), `${request.run_id}.refused`);
      mkdirSync(path.dirname(refusal), { recursive: true, mode: 0o700 });
      let container: Container;
      try {
        container = await launch(
          { ...request, output: outputFile(request.run_id) },
          { ...infrastructure, image },
          refusal,
        );
      } catch (thrown) {
        return { ...nothing, error: toError(thrown) };
      }
      while (!container.gone && !existsSync(homePaths.run(home, request.run_id))) await pause(lookEvery);
      const refused = readRefusal(refusal);
      return refused === undefined ? undefined : { ...nothing, refusal: refused, output: container.output };
    },
    ended: async (runId) => containers.get(runId)?.exited,
    async exitOf(runId) {
      return containers.get(runId)?.exited;
    },
    outputOf: (runId) => containers.get(runId)?.output,
    isGone: (runId) => containers.get(runId)?.gone === true,
    async kill(runId) {
      const container = containers.get(runId);
      if (container !== undefined && !closed) await engine.kill(container.id);
    },
    free: () => limit - running,
    warm: () => 0,
    close() {
      closed = true;
    },
  };
}

function processEnd({ code, outOfMemory }: ContainerEnd, infrastructure: DockerInfrastructure | undefined): ProcessEnd {
  const limit = infrastructure?.memory_limit;
  // Podman does not say that memory was the reason: the kernel's SIGKILL with a limit set tells as much.
  const isMemory = outOfMemory || (code === 137 && limit !== undefined);
  const reason = `Its container was ended, as is done with one that uses more than its limit (memory_limit) of ${limit} MiB.`;
  return { code, signal: null, ...(isMemory && limit !== undefined ? { reason } : {}) };
}

function readRefusal(file: string): Refusal | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  } finally {
    rmSync(file, { force: true });
  }
}
