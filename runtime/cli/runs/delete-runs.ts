/** Deleting runs: by the orchestrator, which also takes them out of its index; by hand in a home that has none yet. */
import { readdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { connect, connectOrStart } from "../../client/connect.ts";
import { realDisk } from "../../journal/disk.ts";
import { removeLiveEntry } from "../../journal/live.ts";
import { unusable } from "../../journal/prepare-home.ts";
import { homePaths } from "../../protocol/home.ts";

/** Calls `deleted` after each run. @throws MillraceError "conflict" when the orchestrator knows that one is going on. */
export async function deleteRuns(
  home: string,
  ids: readonly string[],
  deleted: (id: string) => void = () => {},
): Promise<void> {
  // A snapshot lists runs also when nobody is up: deleting behind its back would leave ghosts in it.
  const client = hasIndex(home) ? await connectOrStart(home) : await connect(home);
  try {
    for (const id of ids) {
      if (client === undefined) removeFiles(home, id);
      else await client.request("DELETE /api/flow_runs/:id", { params: { id } });
      deleted(id);
    }
  } finally {
    client?.close();
  }
}

function hasIndex(home: string): boolean {
  return readdirSync(home).some((name) => /^state\.v\d+\.sqlite$/.test(name));
}

/** Renamed into trash/ first, so that no half-deleted run can be seen. */
function removeFiles(home: string, id: string): void {
  const trash = homePaths.trash(home);
  const away = path.join(trash, id);
  try {
    realDisk.makeFolder(trash);
    renameSync(homePaths.run(home, id), away);
  } catch (thrown) {
    throw unusable(home, thrown);
  }
  removeLiveEntry(realDisk, home, id);
  rmSync(away, { recursive: true, force: true, maxRetries: 5 });
}
