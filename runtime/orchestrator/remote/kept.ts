/** What is kept of a run that goes on at a worker: it gets the journals, the log and the results before it begins. */
import path from "node:path";
import { isArchived } from "../../journal/archive-format.ts";
import { homePaths } from "../../protocol/home.ts";
import type { KeptFile } from "../../protocol/workers.ts";
import type { Core } from "../core.ts";
import { checkShippedName, wholeFiles } from "./incoming.ts";

type Home = Pick<Core, "disk" | "home">;

/** Bytes of one answer. */
const pieceBytes = 1 << 20;

/** Sources stay here: a plan is made of them, and a run that goes on keeps its own. */
export function keptFiles({ disk, home }: Home, runId: string): KeptFile[] {
  const folder = homePaths.run(home, runId);
  const own = disk.list(folder).filter((name) => isArchived(name));
  const results = wholeFiles(disk, folder).filter((file) => file.startsWith("results/"));
  return [...own, ...results].map((file) => ({ file, size: disk.size(path.join(folder, file)) }));
}

/** Base64. @throws MillraceError "bad-usage" for a name that is none of a run's files. */
export function keptPiece({ disk, home }: Home, runId: string, file: string, offset: number): string {
  checkShippedName(file);
  const bytes = disk.readRange(path.join(homePaths.run(home, runId), file), offset, pieceBytes);
  return Buffer.from(bytes).toString("base64");
}
