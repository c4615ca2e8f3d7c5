/**
 * The orchestrator of this home as the editor sees it. Starts one when something needs it, notices one that a terminal
 * has started, and goes on by itself when one was replaced.
 *
 * stopped → starting → connected ⇄ waiting (its process is away; runs go on) → stopped (it has ended in an orderly way);
 * failed: it could not be started or speaks another protocol; the next need tries again.
 */
import type * as Vscode from "vscode";
import type { Client } from "../../runtime/client/client.ts";
import type { ConnectOptions } from "../../runtime/client/connect.ts";
import type { Subscription } from "../../runtime/client/subscribe.ts";
import type { LiveEvent } from "../../runtime/protocol/api.ts";
import { MillraceError, toError } from "../../runtime/protocol/errors.ts";
import type { Service, ServiceState, VscodeApi } from "../context.ts";

/** runtime/client, injected so that its HTTP and WebSocket code loads at the first need, and tests have their own. */
export interface Connector {
  connect(home: string): Promise<Client | undefined>;
  connectOrStart(home: string, options: ConnectOptions): Promise<Client>;
}

export interface ServiceOptions {
  readonly vscode: VscodeApi;
  readonly log: Pick<Vscode.LogOutputChannel, "info" | "warn" | "error">;
  readonly home: string;
  /** Path of the Node that the settings name; undefined for whatever is found. */
  readonly node: () => string | undefined;
  readonly connector: Connector;
  /** Milliseconds between two looks for an orchestrator that somebody else has started. */
  readonly lookEvery?: number;
}

export interface OwnedService extends Service, Vscode.Disposable {
  /** Why the last attempt failed. */
  readonly problem: Error | undefined;
  /** Somebody has stopped it from this window, and nothing has needed it since. */
  readonly wasStopped: boolean;
  /** From now on an orchestrator that somebody else starts is noticed. */
  watch(): void;
}

export function createService(options: ServiceOptions): OwnedService {
  const { vscode, log, home, node, connector, lookEvery = 2000 } = options;
  const stateChanged = new vscode.EventEmitter<ServiceState>();
  const events = new vscode.EventEmitter<LiveEvent>();
  let state: ServiceState = "stopped";
  let problem: Error | undefined;
  let client: Client | undefined;
  let subscription: Subscription | undefined;
  let starting: Promise<Client> | undefined;
  let looking: Promise<Client | undefined> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let disposed = false;
  let wasStopped = false;
  /** There was another one before: what happened between the two was told to nobody. */
  let hadOne = false;
  /** One of an earlier version, which an update has left running, is replaced once: what comes up is as new as it gets. */
  let replaced = false;
  const isOutdated = (one: Client): boolean => one.outdated && !replaced;

  function become(next: ServiceState): void {
    if (next === state || disposed) return;
    state = next;
    log.info(`service: ${next}${next === "failed" && problem !== undefined ? ` (${problem.message})` : ""}`);
    stateChanged.fire(next);
  }

  function adopt(found: Client): Client {
    if (disposed) {
      found.close();
      throw new MillraceError("cancelled", "The editor is closing.");
    }
    client?.close();
    client = found;
    problem = undefined;
    wasStopped = false;
    const own = found.subscribe({
      after: found.health.seq,
      onEvent: (event) => events.fire(event),
      onState: (live) => {
        if (client !== found) return;
        if (live === "connected") become("connected");
        else void lost(found);
      },
    });
    subscription = own;
    own.connected.catch((thrown: unknown) => {
      if (client !== found) return;
      problem = toError(thrown);
      release();
      become("failed");
    });
    log.info(`service: connected to Millrace ${found.health.version} (process ${found.health.pid}) of ${home}`);
    become("connected");
    if (hadOne) events.fire({ seq: found.health.seq, type: "reset" });
    hadOne = true;
    return found;
  }

  function release(): void {
    client?.close();
    client = undefined;
    subscription = undefined;
  }

  /** The connection broke: the orchestrator was replaced (go on with the new one), ended, or was killed. */
  async function lost(gone: Client): Promise<void> {
    become("waiting");
    const found = await connector.connect(home).catch((thrown: unknown) => {
      problem = toError(thrown);
      return gone;
    });
    if (client !== gone || disposed) {
      if (found !== gone) found?.close();
      return;
    }
    if (found === undefined) {
      // Its successor is on the way up.
      if (starting !== undefined) return;
      release();
      become("stopped");
    } else if (found !== gone) {
      // Its address and token are new, so requests go there.
      adopt(found);
    }
  }

  const service: OwnedService = {
    home,
    get state() {
      return state;
    },
    get problem() {
      return problem;
    },
    get wasStopped() {
      return wasStopped;
    },
    onDidChangeState: stateChanged.event,
    onEvent: events.event,
    async client() {
      if (client !== undefined && state === "connected" && !isOutdated(client)) return client;
      starting ??= (async () => {
        become("starting");
        try {
          const chosen = node();
          const found = await connector.connectOrStart(home, chosen === undefined ? {} : { node: chosen });
          const isInTheWay = client !== undefined && isOutdated(client);
          replaced = true;
          // A look that was under way has found it too; closing the one in use would cut its requests.
          if (client === undefined || state !== "connected" || isInTheWay) return adopt(found);
          found.close();
          return client;
        } catch (thrown) {
          problem = toError(thrown);
          release();
          become("failed");
          throw thrown;
        } finally {
          starting = undefined;
        }
      })();
      return starting;
    },
    async existing() {
      if (client !== undefined) return client;
      if (starting !== undefined) return starting.catch(() => undefined);
      looking ??= connector
        .connect(home)
        .then((found) => (found === undefined || client !== undefined ? client : adopt(found)))
        .catch((thrown: unknown) => {
          if (toError(thrown).message !== problem?.message) log.warn(`service: ${toError(thrown).message}`);
          problem = toError(thrown);
          return undefined;
        })
        .finally(() => {
          looking = undefined;
        });
      return looking;
    },
    async stop() {
      const running = await service.existing();
      if (running === undefined) return;
      await running.request("POST /api/shutdown", { body: { reason: "stopped from the editor" } });
      if (client === running) release();
      wasStopped = true;
      become("stopped");
    },
    watch() {
      if (timer !== undefined || disposed) return;
      void service.existing();
      timer = setInterval(() => {
        if (client === undefined && starting === undefined) void service.existing();
      }, lookEvery);
      timer.unref?.();
    },
    dispose() {
      disposed = true;
      clearInterval(timer);
      subscription?.close();
      release();
      stateChanged.dispose();
      events.dispose();
    },
  };
  return service;
}
