/**
 * A page asks its host for the first events, and a message may be lost on the way: the editor drops what it holds for a
 * frame that it makes anew, which happens when the computer is very busy. So the page asks again until it hears something.
 */

/** Milliseconds until it is asked again, longer each time; the last one counts from then on. */
const patience = [1500, 3000, 6000, 12_000] as const;
/** From this many questions without an answer the page says so: four and a half seconds. */
const toldFrom = 2;

export interface FirstAnswerParts {
  ask(): void;
  /** Whether the page should say that nobody answers. */
  silent(isSilent: boolean): void;
  /** Calls back once after this many milliseconds; gives the function that takes it back. */
  later(milliseconds: number, callback: () => void): () => void;
}

export interface FirstAnswer {
  /** Waits for the answer to what was asked just now. */
  expect(): void;
  /** The host said something. */
  heard(): void;
  /** Asks at once: somebody has lost patience. */
  ask(): void;
}

export function createFirstAnswer({ ask, silent, later }: FirstAnswerParts): FirstAnswer {
  let cancel: (() => void) | undefined;
  let unanswered = 0;

  function wait(): void {
    const longest = patience[patience.length - 1] ?? 0;
    cancel = later(patience[unanswered] ?? longest, () => {
      unanswered++;
      if (unanswered >= toldFrom) silent(true);
      ask();
      wait();
    });
  }

  return {
    expect() {
      cancel?.();
      unanswered = 0;
      wait();
    },
    heard() {
      if (cancel === undefined) return;
      cancel();
      cancel = undefined;
      if (unanswered >= toldFrom) silent(false);
    },
    ask,
  };
}
