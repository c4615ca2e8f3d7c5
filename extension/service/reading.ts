/** Reads something of the home when its service is there, again when events tell of a change, and never twice at a time. */
import type * as Vscode from "vscode";
import type { Client } from "../../runtime/client/client.ts";
import type { LiveEvent } from "../../runtime/protocol/api.ts";
import { toError } from "../../runtime/protocol/errors.ts";
import type { Service } from "../context.ts";
import { createThrottle } from "./throttle.ts";

export interface ReadingParts {
  readonly service: Service;
  readonly log: Pick<Vscode.LogOutputChannel, "warn">;
  /** For the log. */
  readonly what: string;
  /** Milliseconds: events come in numbers, and each reading tells all there is. */
  readonly every: number;
  /** Keeps what it reads. */
  readonly take: (client: Client) => Promise<void>;
  /** Whether an event tells of a change; after "reset" all is read anyway. */
  readonly isTold: (event: LiveEvent) => boolean;
  /** It was read, or could not be. */
  readonly done: () => void;
}

export interface Reading extends Vscode.Disposable {
  /** False until it was read once. */
  readonly isKnown: boolean;
  /** Why it could not be read; what is there was read before. */
  readonly problem: string | null;
  read(): Promise<void>;
}

export function createReading({ service, log, what, every, take, isTold, done }: ReadingParts): Reading {
  let isKnown = false;
  let problem: string | null = null;
  let reading: Promise<void> | undefined;
  let isStale = false;

  async function readOnce(): Promise<void> {
    try {
      const client = await service.existing();
      if (client === undefined) return;
      await take(client);
      isKnown = true;
      problem = null;
    } catch (thrown) {
      const { message } = toError(thrown);
      if (problem !== message) log.warn(`${what}: ${message}`);
      problem = message;
    }
    done();
  }

  /** What is asked for while one reads may have changed since: it is read once more. */
  function read(): Promise<void> {
    if (reading !== undefined) {
      isStale = true;
      return reading;
    }
    reading = (async () => {
      do {
        isStale = false;
        await readOnce();
      } while (isStale);
      reading = undefined;
    })();
    return reading;
  }

  const soon = createThrottle(() => void read(), every);
  const subscriptions = [
    service.onDidChangeState((state) => {
      if (state === "connected") void read();
    }),
    service.onEvent((event) => {
      if (event.type === "reset" || isTold(event)) soon.call();
    }),
  ];
  if (service.state === "connected") void read();
  return {
    get isKnown() {
      return isKnown;
    },
    get problem() {
      return problem;
    },
    read,
    dispose() {
      soon.dispose();
      for (const one of subscriptions) one.dispose();
    },
  };
}
