/** Who runs the orchestrator of a home, as its owner file tells. */
import { isMissing, realDisk } from "../journal/disk.ts";
import { type OwnerRecord, readOwner } from "../journal/owner.ts";
import { MillraceError, toError } from "../protocol/errors.ts";
import { isAnswering } from "../system/local-socket.ts";
import { isOfThisSystem, processState } from "../system/process-identity.ts";

export interface Owner {
  readonly epoch: number;
  readonly writer: OwnerRecord["writer"];
  readonly socket: string;
  readonly token: string;
  /** Whether it still runs cannot be told from here: another machine, a container. */
  readonly foreign: boolean;
}

/**
 * Undefined when the home has no owner, or its last one ended in an orderly way.
 * @throws MillraceError "home-unusable" when the home is there and cannot be read.
 */
export function findOwner(home: string): Owner | undefined {
  let record: OwnerRecord | undefined;
  try {
    record = readOwner(realDisk, home);
  } catch (thrown) {
    if (isMissing(thrown)) return undefined;
    throw new MillraceError(
      "home-unusable",
      `Millrace's home ${home} cannot be read: ${toError(thrown).message}. ` +
        "See to that folder, or set MILLRACE_HOME to another one.",
      { cause: thrown },
    );
  }
  if (record === undefined || record.released === true) return undefined;
  const { epoch, writer, socket, token = "" } = record;
  return { epoch, writer, socket, token, foreign: !isOfThisSystem(writer) && processState(writer) === "unknown" };
}

/** The home's last orchestrator was stopped or went idle, rather than killed. Also true of a home that had none. */
export function endedInOrder(home: string): boolean {
  try {
    return (readOwner(realDisk, home)?.released ?? true) === true;
  } catch {
    return false;
  }
}

/** Whether it is proven that the owner runs no more: its socket is gone and so is its process. */
export async function ownerIsGone(owner: Owner): Promise<boolean> {
  return processState(owner.writer) === "dead" && !(await isAnswering(owner.socket));
}
