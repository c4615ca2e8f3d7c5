/**
 * Live events for many followers over the one subscription of the editor. An event of a subflow names only its own run,
 * so the feed learns which run belongs to which: from what it hears, and by asking once where it has not heard.
 */
import type { LiveEvent } from "../../runtime/protocol/api.ts";

export interface LiveFeedParts {
  /** Subscribes to all events; gives the function that ends it. */
  listen(listener: (event: LiveEvent) => void): () => void;
  /** The run that this run is a subflow of; null for a root run and for one that nobody knows. */
  parentOf(flowRunId: string): Promise<string | null>;
}

export interface LiveFeed {
  /**
   * Events of a run and of its subflows, or of all runs ("*", without their log lines), from now on.
   * @returns the function that ends it
   */
  follow(flowRunId: string, listener: (event: LiveEvent) => void): () => void;
  dispose(): void;
}

interface Follower {
  readonly flowRunId: string;
  readonly listener: (event: LiveEvent) => void;
}

/** Past this many runs what was learned is forgotten: asking again is cheap. */
const memory = 10_000;

export function createLiveFeed({ listen, parentOf }: LiveFeedParts): LiveFeed {
  const followers = new Set<Follower>();
  const parents = new Map<string, string | null>();
  let waiting: LiveEvent[] = [];
  let isWorking = false;
  let end: (() => void) | undefined;

  /** The run and those it is a subflow of; undefined while that is not known. */
  function lineage(flowRunId: string): readonly string[] | undefined {
    const line: string[] = [];
    for (let id: string | null | undefined = flowRunId; id !== null; ) {
      line.push(id);
      id = parents.get(id);
      if (id === undefined) return undefined;
      if (line.includes(id ?? "")) return line;
    }
    return line;
  }

  function deliver(event: LiveEvent, line: readonly string[]): void {
    for (const { flowRunId, listener } of [...followers]) {
      const isWanted = flowRunId === "*" ? event.type !== "logs" : event.type === "reset" || line.includes(flowRunId);
      if (isWanted) listener(event);
    }
  }

  async function learn(flowRunId: string): Promise<void> {
    for (let id: string | null = flowRunId; id !== null; ) {
      let parent = parents.get(id);
      if (parent === undefined) {
        // What could not be told now is asked again with the next event.
        parent = await parentOf(id).catch(() => undefined);
        if (parent === undefined) return;
        parents.set(id, parent);
      }
      id = parent;
      if (id === flowRunId) return;
    }
  }

  async function work(): Promise<void> {
    isWorking = true;
    try {
      for (let event = waiting.shift(); event !== undefined; event = waiting.shift()) {
        const id = runOf(event);
        if (id !== undefined && lineage(id) === undefined) await learn(id);
        deliver(event, id === undefined ? [] : (lineage(id) ?? [id]));
      }
    } finally {
      isWorking = false;
    }
  }

  function receive(event: LiveEvent): void {
    if (parents.size > memory) parents.clear();
    if (event.type === "flow-run") parents.set(event.flow_run.id, event.flow_run.parent_flow_run_id);
    const id = runOf(event);
    const line = id === undefined ? [] : lineage(id);
    // In order: what comes behind an event that has to wait waits too.
    if (!isWorking && line !== undefined) {
      deliver(event, line);
      return;
    }
    waiting.push(event);
    if (!isWorking) void work();
  }

  return {
    follow(flowRunId, listener) {
      const follower = { flowRunId, listener };
      followers.add(follower);
      end ??= listen(receive);
      return () => {
        followers.delete(follower);
        if (followers.size > 0) return;
        end?.();
        end = undefined;
        waiting = [];
      };
    },
    dispose() {
      followers.clear();
      end?.();
      end = undefined;
      waiting = [];
    },
  };
}

function runOf(event: LiveEvent): string | undefined {
  switch (event.type) {
    case "flow-run":
      return event.flow_run.id;
    case "artifact":
      return event.artifact.flow_run_id;
    case "reset":
    case "blocks":
    case "work-pools":
    case "deployments":
    case "automations":
    case "notification":
      return undefined;
    default:
      return event.flow_run_id;
  }
}
