import type { WriterIdentity } from "../../protocol/records.ts";
import { isOfThisSystem, processState } from "../../system/process-identity.ts";

/** Every so many looks a pid that is in use is asked whose it is: on some systems that starts a program and takes long. */
const looksPerProof = 8;

/** Whether the process is proven to have ended. `look` counts the calls for one process from 0. */
export function hasEnded(identity: WriterIdentity, look: number): boolean {
  const cheap = process.platform === "linux" || !isOfThisSystem(identity);
  if (cheap || look % looksPerProof === looksPerProof - 1) return processState(identity) === "dead";
  try {
    process.kill(identity.pid, 0);
    return false;
  } catch (thrown) {
    return thrown instanceof Error && "code" in thrown && thrown.code === "ESRCH";
  }
}
