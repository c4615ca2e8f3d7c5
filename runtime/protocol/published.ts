/** Content of $MILLRACE_HOME/published.json: what a run without a server needs to know. Written whole and atomically. */
export interface Published {
  readonly version: 1;
  /** Concurrency limits by name: a task whose tag or name has one needs the orchestrator. */
  readonly limits: Readonly<Record<string, number>>;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Block documents by "<block type slug>/<name>"; secret fields are references into secrets/. */
  readonly blocks: Readonly<Record<string, unknown>>;
}

export const emptyPublished: Published = { version: 1, limits: {}, variables: {}, blocks: {} };
