/**
 * The host's end of the conversation with one page. A page that is hidden is gone: its script starts anew when it is
 * shown, and says "ready" again. What is told before that is kept; what an earlier script asked for is not answered.
 */
import type { ApiProblem, LiveEvent } from "../../runtime/protocol/api.ts";
import type { HostMessage, PageEvent, PageIdentity, PageMessage } from "../../runtime/protocol/pages.ts";
import { coalesce } from "./coalesce.ts";

export interface ConversationParts {
  post(message: HostMessage): void;
  /** Answers what the page asks for. `isCurrent` turns false when the script that asked is gone. */
  answer(asked: Asked, isCurrent: () => boolean): Promise<unknown>;
  problem(thrown: unknown): ApiProblem;
  /**
   * A script runs, for the first time or again: nothing of an earlier one counts. With `isRepeated` it is the one that
   * runs already, and has heard nothing yet.
   */
  started(isRepeated: boolean): void;
  /** What the page is to show, where it is something else than this. */
  otherThan(identity: PageIdentity): PageEvent | undefined;
  title(title: string, state: string | undefined): void;
  /** Calls back once after this many milliseconds; gives the function that takes it back. */
  later(milliseconds: number, callback: () => void): () => void;
}

type Ready = Extract<PageMessage, { readonly type: "ready" }>;
export type Asked = Extract<PageMessage, { readonly type: "api" | "call" }>;

export interface Conversation {
  receive(message: unknown): void;
  tell(event: PageEvent): void;
  /** Sends the running script this, and forgets it: it says "ready" again as another. False when none runs. */
  restart(event: PageEvent): boolean;
  /** The page was hidden. */
  gone(): void;
  dispose(): void;
}

/** Live events of this many milliseconds go in one message; the first after a quiet while goes at once. */
const batchTime = 50;

export function createConversation(parts: ConversationParts): Conversation {
  let kept: PageEvent[] = [];
  let batch: PageEvent[] = [];
  let isReady = false;
  let generation = 0;
  /** Number of the script that runs. */
  let script: number | undefined;
  let cancelTimer: (() => void) | undefined;

  function flush(): void {
    cancelTimer = undefined;
    if (batch.length === 0) return;
    const events = inOrder(batch);
    batch = [];
    cancelTimer = parts.later(batchTime, flush);
    parts.post({ type: "events", events });
  }

  function stop(): void {
    isReady = false;
    generation++;
    batch = [];
    cancelTimer?.();
    cancelTimer = undefined;
  }

  function start(ready: Ready): void {
    const isRepeated = isReady && ready.script !== undefined && ready.script === script;
    if (!isRepeated) stop();
    script = ready.script;
    // A frame that the editor has moved begins with the HTML that it was made of.
    const other = isRepeated || ready.identity === undefined ? undefined : parts.otherThan(ready.identity);
    if (other !== undefined) {
      parts.post({ type: "event", event: other });
      return;
    }
    // Told now it is kept, and goes first.
    isReady = false;
    parts.started(isRepeated);
    isReady = true;
    if (kept.length > 0) parts.post({ type: "events", events: kept });
    kept = [];
  }

  async function reply(asked: Asked): Promise<void> {
    const now = generation;
    const isCurrent = () => generation === now;
    try {
      const value = await parts.answer(asked, isCurrent);
      if (isCurrent()) parts.post({ type: "answer", id: asked.id, value: value ?? null });
    } catch (thrown) {
      if (isCurrent()) parts.post({ type: "problem", id: asked.id, problem: parts.problem(thrown) });
    }
  }

  return {
    receive(message) {
      if (!isPageMessage(message)) return;
      switch (message.type) {
        case "ready":
          start(message);
          return;
        case "title":
          parts.title(message.title, message.state);
          return;
        default:
          void reply(message);
      }
    },
    tell(event) {
      if (!isReady) {
        // Live events are only told of what a running script follows; of the rest the newest of a kind counts.
        if (event.type !== "live") kept = [...kept.filter((other) => other.type !== event.type), event];
        return;
      }
      batch.push(event);
      if (cancelTimer === undefined) flush();
    },
    restart(event) {
      if (!isReady) return false;
      stop();
      kept = [];
      parts.post({ type: "event", event });
      return true;
    },
    gone: stop,
    dispose() {
      stop();
      kept = [];
    },
  };
}

/** Runs of live events merged, everything in the order in which it was told. */
function inOrder(events: readonly PageEvent[]): PageEvent[] {
  const result: PageEvent[] = [];
  let live: LiveEvent[] = [];
  const close = () => {
    for (const event of coalesce(live)) result.push({ type: "live", event });
    live = [];
  };
  for (const event of events) {
    if (event.type === "live") live.push(event.event);
    else {
      close();
      result.push(event);
    }
  }
  close();
  return result;
}

function isPageMessage(message: unknown): message is PageMessage {
  if (typeof message !== "object" || message === null || !("type" in message)) return false;
  switch (message.type) {
    case "ready":
      return true;
    case "title":
      return "title" in message && typeof message.title === "string";
    case "api":
      return "id" in message && typeof message.id === "number" && "route" in message && "input" in message;
    case "call":
      return "id" in message && typeof message.id === "number" && "name" in message;
    default:
      return false;
  }
}
