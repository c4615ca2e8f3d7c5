/** The names of a run and its flow, from the beginning of its journal only. */
import { realDisk } from "../../journal/disk.ts";
import { parseLine } from "../../journal/lines.ts";
import { homePaths, runPaths } from "../../protocol/home.ts";

/** The run's first records stand in the first kilobytes; parameters may be large, and come after the name. */
const looked = 65_536;

export interface RunHead {
  readonly name: string;
  /** Name of the flow. */
  readonly flow: string;
}

export function readRunName(home: string, id: string): string | undefined {
  return readRunHead(home, id)?.name;
}

export function readRunHead(home: string, id: string): RunHead | undefined {
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
    const found = record === undefined ? undefined : headOf(record);
    if (found !== undefined) return found;
    start = end + 1;
  }
  return undefined;
}

function headOf(record: object): RunHead | undefined {
  if (!("kind" in record) || record.kind !== "flow-run" || !("name" in record)) return undefined;
  const flow = "flow" in record && typeof record.flow === "object" && record.flow !== null ? record.flow : {};
  return { name: String(record.name), flow: "name" in flow ? String(flow.name) : "" };
}
