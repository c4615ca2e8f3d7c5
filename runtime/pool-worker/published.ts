/**
 * What the orchestrator publishes, in the worker's home: limits, variables and blocks, and the secrets that the blocks
 * name, sealed with this home's own key. What must hold: a secret is on the disk before a document that names it is.
 */
import { replaceFile } from "../journal/disk.ts";
import { isReadable, putSecret, removeSecrets, secretFiles } from "../journal/secrets/files.ts";
import type { Disk } from "../journal/types.ts";
import { secretIdsIn } from "../protocol/block-data.ts";
import { homePaths } from "../protocol/home.ts";
import type { Published } from "../protocol/published.ts";
import type { Patience } from "./patience.ts";
import type { Uplink } from "./uplink.ts";

export interface PublishedHere {
  /** Writes it down, with the secrets that it names and this home has not. */
  take(fresh: Published): Promise<void>;
  /** Has what is true now here: a run is about to begin. Over a line that is down it waits a while. */
  refresh(): Promise<void>;
}

export interface PublishedOptions {
  readonly disk: Disk;
  readonly home: string;
  readonly uplink: Uplink;
  readonly patiently: Patience;
}

export function createPublished({ disk, home, uplink, patiently }: PublishedOptions): PublishedHere {
  let written = "";
  /** An earlier process may have left some, and a key that is gone leaves them of no use. */
  const held = new Set(secretFiles(disk, home).filter((id) => isReadable(disk, home, id)));

  async function write(fresh: Published): Promise<void> {
    const text = `${JSON.stringify(fresh)}\n`;
    if (text !== written) {
      await replaceFile(disk, homePaths.published(home), text, { durable: false });
      written = text;
    }
    const named = new Set(secretIdsIn(fresh.blocks));
    const stale = secretFiles(disk, home).filter((id) => !named.has(id));
    await removeSecrets(disk, home, stale);
    for (const id of stale) held.delete(id);
  }

  async function fetch(): Promise<void> {
    const { published, secrets } = await uplink.ask("POST /api/workers/secrets", { known: [...held] });
    for (const { id, value } of secrets) {
      await putSecret(disk, home, id, value);
      held.add(id);
    }
    await write(published);
  }

  /** One after the other: two that write at once would remove what the other has just brought. */
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const turn = last.catch(() => undefined).then(work);
    last = turn;
    return turn;
  };

  return {
    take: (fresh) => inTurn(() => (secretIdsIn(fresh.blocks).every((id) => held.has(id)) ? write(fresh) : fetch())),
    refresh: () => patiently(() => inTurn(fetch)),
  };
}
