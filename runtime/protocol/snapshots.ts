/**
 * A snapshot pins the code of a deployment's version: the flow's file and every file of the user's own that it reaches
 * by imports, as they were. It is loaded in the place of what lies at those paths now, under the same paths: stack
 * lines, the run's sources and packages in node_modules are those of the workspace.
 *
 * $MILLRACE_HOME/snapshots/<hash>/manifest.json, and beside it each text under the SHA-256 of its content.
 */
export interface SnapshotManifest {
  readonly version: 1;
  /** Absolute path of the flow's file. */
  readonly entry: string;
  /** Sorted by path, so that the same code has the same hash. */
  readonly files: readonly SnapshotFile[];
}

export interface SnapshotFile {
  /** Absolute. */
  readonly file: string;
  readonly hash: string;
  /** The compiler options of the tsconfig.json that it fell under. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Specifier as it is written → the file of the snapshot that it led to. */
  readonly imports: Readonly<Record<string, string>>;
}

/**
 * Where the loader leaves a function (file → text) for the SDK, which reads names from the line where a task is made:
 * the file at that path may say something else by now.
 */
export const pinnedSource = Symbol.for("millrace.pinned-source");
/** Set in a process of the runner's: there `deploy()` at the top of a module does nothing. */
export const runnerProcess = Symbol.for("millrace.runner-process");
