/** Code that a deployment's version pins, brought into this worker's home. */
import path from "node:path";
import type { Disk } from "../journal/types.ts";
import { MillraceError } from "../protocol/errors.ts";
import { homePaths } from "../protocol/home.ts";
import { newId } from "../protocol/ids.ts";
import type { Patience } from "./patience.ts";
import type { Uplink } from "./uplink.ts";

export interface SnapshotOptions {
  readonly disk: Disk;
  readonly home: string;
  readonly uplink: Uplink;
  readonly patiently: Patience;
}

/** Appears whole or not at all; what it holds is checked when it is loaded. @throws MillraceError as the orchestrator gave it. */
export async function fetchSnapshot({ disk, home, uplink, patiently }: SnapshotOptions, hash: string): Promise<void> {
  const folder = homePaths.codeSnapshot(home, hash);
  if (disk.exists(folder)) return;
  // The run has begun: over a line that is down it waits a while.
  const { files } = await patiently(() => uplink.ask("POST /api/workers/snapshot", { hash }));
  const fresh = `${folder}.${newId()}.tmp`;
  disk.makeFolder(fresh);
  try {
    for (const { name, data } of files) {
      if (name !== path.basename(name)) throw new MillraceError("load-failed", `The code snapshot holds "${name}".`);
      const file = disk.createExclusive(path.join(fresh, name));
      file.write(Buffer.from(data, "base64"), 0);
      file.close();
    }
    if (!disk.exists(folder)) disk.rename(fresh, folder);
  } finally {
    disk.removeFolder(fresh);
  }
}
