import path from "node:path";
import { pathToFileURL } from "node:url";
import { distFolder, projectRoot } from "../support/places.ts";
import { atMost, type BenchRow, information, median } from "./rows.ts";
import { benchEnvironment, runNode, withFolder } from "./spawn.ts";

interface TaskTimes {
  readonly sequential: number[];
  readonly floor: number[];
  readonly atOnce: number[];
  readonly fibs: number[];
  readonly bytesPerTask: number;
}

/** Tasks in a recorded run on the real disk, against the disk itself. */
export function measureTasks(): Promise<readonly BenchRow[]> {
  return withFolder((folder) => {
    const sdk = pathToFileURL(path.join(distFolder, "sdk", "index.js")).href;
    const script = path.join(projectRoot, "test", "bench", "flows", "tasks.mjs");
    const times: TaskTimes = JSON.parse(
      runNode([script, sdk, folder], { env: benchEnvironment(path.join(folder, "home")) }).stdout,
    );
    const floor = median(times.floor) / 1000;
    const ratios = times.sequential.map((milliseconds, round) => milliseconds / (times.floor[round] ?? Number.NaN));
    return [
      atMost(
        "1,000 tasks in sequence, each",
        median(times.sequential) / 1000,
        "ms",
        1.3 * floor,
        `1.3 x ${floor.toFixed(3)} ms, ${times.bytesPerTask} bytes each`,
      ),
      information("1,000 tasks in sequence, against the floor of the same block", median(ratios), "x"),
      atMost("1,000 tasks at once, all", median(times.atOnce), "ms", 20),
      atMost("40 tasks of fib(10) in sequence, body", median(times.fibs), "ms", 10),
    ];
  });
}
