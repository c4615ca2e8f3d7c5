/** The name of a run, from the beginning of its journal only. */
import { realDisk } from "../../journal/disk.ts";
import { parseLine } from "../../journal/lines.ts";
import { homePaths, runPaths } from "../../protocol/home.ts";

/** The run's first records stand in the first kilobytes; parameters may be large, and come after the name. */
const looked = 65_536;

export function readRunName(home: string, id: string): string | undefined {
  const file = runPaths.journal(homePaths.run(home, id), 1);
  let head: Buffer;
  try {
    head = Buffer.from(realDisk.readRange(file, 0, looked));
  } catch {
    return undefined;
  }
  let start = 0;
  for (let line = 0; line < 8; line++) {
    const end = head.indexOf(0x0a, start);
    if (end < 0) break;
    const record: object | undefined = parseLine(head, start, end)?.record;
    if (record !== undefined && "kind" in record && record.kind === "flow-run" && "name" in record)
      return String(record.name);
    start = end + 1;
  }
  return undefined;
}
