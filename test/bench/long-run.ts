import path from "node:path";
import { pathToFileURL } from "node:url";
import { distFolder, projectRoot } from "../support/places.ts";
import { atMost, type BenchRow, median } from "./rows.ts";
import { benchEnvironment, runNode, withFolder } from "./spawn.ts";

export function measureLongRun(): Promise<readonly BenchRow[]> {
  return withFolder((folder) => {
    const sdk = pathToFileURL(path.join(distFolder, "sdk", "index.js")).href;
    const script = path.join(projectRoot, "test", "bench", "flows", "long.mjs");
    const ratios: number[] = [];
    let peak = 0;
    for (let round = 0; round < 3; round++) {
      const home = path.join(folder, `home-${round}`);
      const result: { thousands: number[]; peak: number } = JSON.parse(
        runNode([script, sdk], { env: benchEnvironment(home) }).stdout,
      );
      // The very first thousand warms the compiler up; what is asked is growth, so compare the second with the last,
      // each as the median of three neighbours.
      const first = median(result.thousands.slice(1, 4));
      const last = median(result.thousands.slice(-3));
      ratios.push(last / first);
      peak = Math.max(peak, result.peak);
    }
    return [
      atMost("100,000 tasks in one run: last 1,000 against first", median(ratios), "x", 1.2),
      atMost("100,000 tasks in one run: peak memory", peak / 1e6, "MB", 400),
    ];
  });
}
