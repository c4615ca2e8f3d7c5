/**
 * The run's way to the orchestrator, for the few things that need one: limits that are set, `variable.set`, pauses.
 * Loaded and connected at the first need; everything else in a run works without it.
 */
import type { Client } from "../../client/client.ts";
import { MillraceError } from "../../protocol/errors.ts";

export interface OrchestratorLink {
  /**
   * Runs `ask` with a connection, once more with a fresh one when the orchestrator had gone away.
   * @throws MillraceError as `connectOrStart`.
   */
  use<T>(ask: (client: Client) => Promise<T>): Promise<T>;
  /** Called with each new connection but the first: what an orchestrator forgot by restarting must be said again. */
  onReconnected(listener: (client: Client) => Promise<void>): void;
  /** Whether anything was ever asked. */
  readonly used: boolean;
  close(): void;
}

type Connect = (home: string) => Promise<Client>;

async function connectOrStart(home: string): Promise<Client> {
  const module = await import("../../client/connect.ts");
  return module.connectOrStart(home);
}

export function orchestratorLink(home: string, connect: Connect = connectOrStart): OrchestratorLink {
  const listeners: ((client: Client) => Promise<void>)[] = [];
  let connection: Promise<Client> | undefined;
  let connectedBefore = false;

  const open = (): Promise<Client> => {
    connection ??= connect(home).then(
      async (client) => {
        if (connectedBefore) await Promise.all(listeners.map((listener) => listener(client)));
        connectedBefore = true;
        return client;
      },
      (error: unknown) => {
        connection = undefined;
        throw error;
      },
    );
    return connection;
  };
  /** Only the first of several that saw `gone` fail opens a new connection. */
  const drop = async (gone: Client): Promise<void> => {
    const seen = connection;
    if ((await seen?.catch(() => undefined)) !== gone || connection !== seen) return;
    gone.close();
    connection = undefined;
  };

  return {
    async use(ask) {
      const client = await open();
      try {
        return await ask(client);
      } catch (error) {
        if (!isGone(error)) throw error;
        await drop(client);
        return ask(await open());
      }
    },
    onReconnected: (listener) => void listeners.push(listener),
    get used() {
      return connection !== undefined;
    },
    close() {
      connection?.then(
        (client) => client.close(),
        () => undefined,
      );
    },
  };
}

function isGone(error: unknown): boolean {
  return error instanceof MillraceError && (error.code === "not-answering" || error.code === "unauthorized");
}
