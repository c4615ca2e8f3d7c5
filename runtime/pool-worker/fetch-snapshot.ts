/** Code that a deployment's version pins, brought into this worker's home. */
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Answer } from "../client/request.ts";
import type { Disk } from "../journal/types.ts";
import { MillraceError } from "../protocol/errors.ts";
import { homePaths } from "../protocol/home.ts";
import { newId } from "../protocol/ids.ts";
import { isOutage, type Uplink } from "./uplink.ts";

/** Appears whole or not at all; what it holds is checked when it is loaded. @throws MillraceError as the orchestrator gave it. */
export async function fetchSnapshot(disk: Disk, home: string, uplink: Uplink, hash: string): Promise<void> {
  const folder = homePaths.codeSnapshot(home, hash);
  if (disk.exists(folder)) return;
  const { files } = await askPatiently(uplink, hash);
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

/** The run has begun: over a line that is down it waits. */
async function askPatiently(uplink: Uplink, hash: string): Promise<Answer<"POST /api/workers/snapshot">> {
  for (;;) {
    try {
      return await uplink.ask("POST /api/workers/snapshot", { hash });
    } catch (thrown) {
      if (!isOutage(thrown)) throw thrown;
      await pause(askAgain);
    }
  }
}

const askAgain = 1000;
