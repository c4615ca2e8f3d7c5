/** What is kept of a run that goes on here, brought into this worker's home: the run's folder appears whole or not at all. */
import path from "node:path";
import { isArchived } from "../journal/archive-format.ts";
import type { Disk } from "../journal/types.ts";
import { MillraceError } from "../protocol/errors.ts";
import { homePaths } from "../protocol/home.ts";
import { newId } from "../protocol/ids.ts";
import type { KeptFile } from "../protocol/workers.ts";
import type { Patience } from "./patience.ts";
import type { Uplink } from "./uplink.ts";

export interface KeptOptions {
  readonly disk: Disk;
  readonly home: string;
  readonly uplink: Uplink;
  readonly patiently: Patience;
  readonly runId: string;
  readonly claimId: string;
}

/** Over a line that is down it waits a while. @throws MillraceError as the orchestrator gave it, "journal-corrupt" */
export async function fetchKept(options: KeptOptions): Promise<void> {
  const { disk, home, uplink, patiently, runId, claimId } = options;
  const of = { run_id: runId, claim_id: claimId };
  const folder = homePaths.run(home, runId);
  const fresh = `${folder}.${newId()}.tmp`;
  const { files } = await patiently(() => uplink.ask("POST /api/workers/kept", of));
  try {
    for (const each of files) await fetchFile(options, fresh, each);
    // An earlier execution of it here whose end nobody wanted to have: it stays, beside.
    if (disk.exists(folder)) disk.rename(folder, `${folder}.${newId()}.superseded`);
    disk.rename(fresh, folder);
  } catch (thrown) {
    disk.removeFolder(fresh);
    throw thrown;
  }
}

async function fetchFile(options: KeptOptions, fresh: string, kept: KeptFile): Promise<void> {
  const { disk, uplink, patiently, runId, claimId } = options;
  const { file: name, size } = kept;
  if (!isArchived(name)) throw new MillraceError("journal-corrupt", `"${name}" is no file of a run.`);
  const target = path.join(fresh, ...name.split("/"));
  disk.makeFolder(path.dirname(target));
  const file = disk.createExclusive(target);
  try {
    for (let offset = 0; offset < size; ) {
      const body = { run_id: runId, claim_id: claimId, file: name, offset };
      const { data } = await patiently(() => uplink.ask("POST /api/workers/kept/piece", body));
      const bytes = Buffer.from(data, "base64").subarray(0, size - offset);
      if (bytes.length === 0) throw new MillraceError("journal-corrupt", `${name} is shorter than it was said to be.`);
      file.write(bytes, offset);
      offset += bytes.length;
    }
  } finally {
    file.close();
  }
}
