/** Looking for a text in a log that is not all here: the service looks, line by line, from where one is. */
import { batch, type ReadonlySignal, signal } from "@preact/signals";

export interface FindAnswer {
  readonly index: number | null;
  readonly matches: number;
}

export interface LogFind {
  readonly open: ReadonlySignal<boolean>;
  readonly text: ReadonlySignal<string>;
  /** The line that was found last. */
  readonly current: ReadonlySignal<number | null>;
  /** Lines that hold the text; null until that is known. */
  readonly matches: ReadonlySignal<number | null>;
  readonly problem: ReadonlySignal<string | null>;
  show(): void;
  close(): void;
  type(text: string): void;
  next(): void;
  previous(): void;
  /** Other lines are shown: what was found counts no more. */
  again(): void;
}

export interface FindOptions {
  readonly ask: (text: string, from: number, backwards: boolean) => Promise<FindAnswer>;
  readonly total: () => number;
  /** Where a new text is looked for from. */
  readonly firstSeen: () => number;
  readonly show: (index: number) => void;
  readonly later?: (work: () => void, ms: number) => ReturnType<typeof setTimeout>;
}

const typingMs = 180;

export function createFind({ ask, total, firstSeen, show, later = setTimeout }: FindOptions): LogFind {
  const open = signal(false);
  const text = signal("");
  const current = signal<number | null>(null);
  const matches = signal<number | null>(null);
  const problem = signal<string | null>(null);
  let turn = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function look(from: number, backwards: boolean): Promise<void> {
    clearTimeout(timer);
    const mine = ++turn;
    const wanted = text.peek();
    if (wanted === "") {
      batch(() => {
        current.value = null;
        matches.value = null;
        problem.value = null;
      });
      return;
    }
    try {
      let answer = await ask(wanted, from, backwards);
      if (mine !== turn) return;
      if (answer.index === null && answer.matches > 0) {
        // Past the last one: on from the other end.
        answer = await ask(wanted, backwards ? Math.max(0, total() - 1) : 0, backwards);
        if (mine !== turn) return;
      }
      batch(() => {
        problem.value = null;
        matches.value = answer.matches;
        current.value = answer.index;
      });
      if (answer.index !== null) show(answer.index);
    } catch (reason) {
      if (mine === turn) problem.value = reason instanceof Error ? reason.message : String(reason);
    }
  }

  return {
    open,
    text,
    current,
    matches,
    problem,
    show() {
      open.value = true;
    },
    close() {
      turn++;
      clearTimeout(timer);
      batch(() => {
        open.value = false;
        current.value = null;
        matches.value = null;
      });
    },
    type(wanted) {
      text.value = wanted;
      clearTimeout(timer);
      timer = later(() => void look(current.peek() ?? firstSeen(), false), typingMs);
    },
    next() {
      const at = current.peek();
      void look(at === null ? firstSeen() : at + 1, false);
    },
    previous() {
      const at = current.peek() ?? firstSeen();
      // Before the first line there is only the end.
      void look(at === 0 ? Math.max(0, total() - 1) : at - 1, true);
    },
    again() {
      turn++;
      current.value = null;
      matches.value = null;
      if (open.peek() && text.peek() !== "") timer = later(() => void look(firstSeen(), false), typingMs);
    },
  };
}
