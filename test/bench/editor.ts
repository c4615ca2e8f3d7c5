import { spawnSync } from "node:child_process";
import path from "node:path";
import { distFolder, projectRoot } from "../support/places.ts";
import { atMost, type BenchRow, median } from "./rows.ts";
import { withFolder } from "./spawn.ts";

const rounds = 11;

/** The extension's own time within the editor's start: its code is loaded and activate() returns. */
export function measureEditor(): Promise<readonly BenchRow[]> {
  return withFolder((folder) => {
    const script = path.join(projectRoot, "test", "bench", "flows", "activate.mts");
    const taken: number[] = [];
    // The first round fills the disk's cache, as the editor's own start would have.
    for (let round = -1; round < rounds; round++) {
      const child = spawnSync(
        process.execPath,
        ["--experimental-strip-types", "--disable-warning=ExperimentalWarning", script, distFolder, folder],
        { encoding: "utf8" },
      );
      if (child.status !== 0) throw new Error(`activation failed:\n${child.stderr}`);
      const { milliseconds } = JSON.parse(child.stdout) as { milliseconds: number };
      if (round >= 0) taken.push(milliseconds);
    }
    return [atMost("extension's own activation", median(taken), "ms", 50)];
  });
}
