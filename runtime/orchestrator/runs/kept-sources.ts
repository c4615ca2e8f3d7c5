/** The texts of the sources that runs loaded, as they are kept in the runs' folders. */
import { readSource } from "../../journal/sources.ts";
import { MillraceError } from "../../protocol/errors.ts";
import { homePaths } from "../../protocol/home.ts";
import type { SourceCommit, SourcesRecord } from "../../protocol/records.ts";
import type { Core } from "../core.ts";
import type { RunViews } from "./run-views.ts";

export type SourceFiles = SourcesRecord["files"];

export interface Loaded {
  readonly files: SourceFiles;
  readonly commit: SourceCommit | null;
}

export interface KeptSources {
  /** Of the last execution. Without files while a run has just begun. @throws MillraceError "not-found" */
  loaded(runId: string): Promise<Loaded>;
  /** A text of any execution of the run. @throws MillraceError "not-found" */
  text(runId: string, hash: string): Promise<{ readonly file: string; readonly text: string }>;
}

/** Runs of which the list is remembered; it never changes once the run has ended and nobody goes on with it. */
const mostRemembered = 500;

export function createKeptSources(core: Pick<Core, "disk" | "home" | "store">, views: RunViews): KeptSources {
  const { disk, home, store } = core;
  const remembered = new Map<string, Loaded>();
  return {
    async loaded(runId) {
      const folded = await store.folded(runId);
      const key = `${runId} ${folded?.segment} ${folded?.offset}`;
      const known = folded === undefined ? undefined : remembered.get(key);
      if (known !== undefined) return known;
      const { sources: files, commit } = await views.of(runId);
      const loaded = { files, commit };
      const [oldest] = remembered.keys();
      if (remembered.size >= mostRemembered && oldest !== undefined) remembered.delete(oldest);
      if (folded !== undefined) remembered.set(key, loaded);
      return loaded;
    },
    async text(runId, hash) {
      const view = await views.of(runId);
      const file = view.sourceFile(hash);
      const text = file === undefined ? undefined : readSource(disk, homePaths.run(home, view.runId), hash);
      if (file === undefined || text === undefined) {
        throw new MillraceError("not-found", `The run ${runId} keeps no source ${hash.slice(0, 12)}… (any more).`);
      }
      return { file, text };
    },
  };
}
