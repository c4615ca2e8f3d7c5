/** Runs as their journals tell them, for what the index does not keep. */
import { listSegments, walkRunInTurns } from "../../journal/reading.ts";
import { createRunFolder, type RunView } from "../../protocol/fold/index.ts";
import { homePaths, runPaths } from "../../protocol/home.ts";
import type { Core } from "../core.ts";
import { findRoot } from "./find.ts";

export interface RunViews {
  /** The whole root run that a flow run or task run is part of. @throws MillraceError "not-found" */
  of(id: string): Promise<RunView>;
}

/** A page asks for several things of one run within moments: what was read last is kept for that long (milliseconds). */
const keptFor = 10_000;
const mostKept = 4;
/** Journals larger than this (bytes) are read again: their views would hold hundreds of megabytes. */
const largestKept = 24 * 1024 * 1024;

interface Kept {
  /** Changes with each byte written. */
  readonly stamp: string;
  readonly view: Promise<RunView>;
}

export function createRunViews({ disk, home, store }: Pick<Core, "disk" | "home" | "store">): RunViews {
  const kept = new Map<string, Kept>();
  const forget = (root: string, made: Kept): void => {
    if (kept.get(root) === made) kept.delete(root);
  };

  const read = async (root: string, folder: string): Promise<RunView> => {
    const view = createRunFolder(root);
    // A run that was only asked for has no journal yet.
    if (disk.exists(folder)) {
      await walkRunInTurns(disk, folder, (record, segment, seq) => view.apply({ segment, seq }, record));
    }
    return view.view();
  };

  return {
    async of(id) {
      const root = await findRoot(store, id);
      const folder = homePaths.run(home, root);
      const sizes = listSegments(disk, folder).map(({ segment }) => disk.size(runPaths.journal(folder, segment)));
      const folded = await store.folded(root);
      const stamp = `${sizes.join(" ")} ${folded?.segment} ${folded?.offset}`;
      const known = kept.get(root);
      if (known?.stamp === stamp) return known.view;
      const made: Kept = { stamp, view: read(root, folder) };
      if (sizes.reduce((sum, size) => sum + size, 0) > largestKept) return made.view;
      kept.delete(root);
      kept.set(root, made);
      const [oldest] = kept.keys();
      if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest);
      setTimeout(forget, keptFor, root, made).unref();
      made.view.catch(() => forget(root, made));
      return made.view;
    },
  };
}
