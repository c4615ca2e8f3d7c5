/** What a screen reader is told of a live page: never more than it can say, the newest of each kind. */

/** `topic`: a later text of the same topic takes the place of one that was not said yet. */
export type Announce = (text: string, topic?: string) => void;

export interface AnnouncerOptions {
  readonly say: (text: string) => void;
  /** Least time between two texts; default 1.5 s. */
  readonly everyMs?: number;
  readonly later?: (work: () => void, ms: number) => void;
}

export function createAnnouncer({ say, everyMs = 1500, later = setTimeout }: AnnouncerOptions): Announce {
  const waiting = new Map<string, string>();
  let resting = false;
  const next = () => {
    const first = waiting.entries().next();
    resting = first.done !== true;
    if (first.done === true) return;
    const [topic, text] = first.value;
    waiting.delete(topic);
    say(text);
    later(next, everyMs);
  };
  return (text, topic = text) => {
    waiting.set(topic, text);
    if (!resting) next();
  };
}
