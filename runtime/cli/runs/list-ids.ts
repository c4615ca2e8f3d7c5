/** Ids of the runs in a home, read from the names of folders: cheap, and needs nothing that is up. */
import { readdirSync } from "node:fs";
import path from "node:path";
import { homePaths } from "../../protocol/home.ts";
import { isId } from "../../protocol/ids.ts";

/** Newest first. Lazily: a day's folder is read when its runs are asked for. */
export function* runIds(home: string): Generator<string> {
  const runs = homePaths.runs(home);
  for (const day of names(runs)
    .filter((name) => /^\d{4}-\d\d-\d\d$/.test(name))
    .sort()
    .reverse()) {
    yield* names(path.join(runs, day)).filter(isId).sort().reverse();
  }
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
