/** What a block's `test` reports: what it looked at, one thing after the other. */
export interface TestSteps {
  /** Looks at one thing. A text that `look` gives is the step's message; what it throws is its failure, and ends the test. */
  step(
    name: string,
    look: () => Promise<string | undefined> | string | undefined | Promise<void> | void,
  ): Promise<void>;
  /** Something that cannot be looked at here, and why. */
  skip(name: string, reason: string): void;
  /** Aborted when the time is over or nobody waits any more. */
  readonly signal: AbortSignal;
}
