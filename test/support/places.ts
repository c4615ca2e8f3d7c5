import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** The checkout. */
export const projectRoot = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));

/** The build that spawned processes run from; `MILLRACE_DIST` points elsewhere. */
export const distFolder = process.env["MILLRACE_DIST"] ?? path.join(projectRoot, "dist");

/** The `millrace` command as node arguments. */
export const commandFile = path.join(distFolder, "millrace.cjs");

/** The shared real data, where a checkout has it beside itself. */
export const sharedData = path.join(path.dirname(projectRoot), "shared", "data");

/** An empty folder that goes away with the test. */
export function temporaryFolder(test: Pick<TestContext, "after">, prefix = "millrace-test-"): string {
  const folder = realpathSync.native(mkdtempSync(path.join(tmpdir(), prefix)));
  test.after(() => removeStubbornly(folder));
  return folder;
}

/** A process that was just killed may write a last file while its folder is removed. */
async function removeStubbornly(folder: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
      return;
    } catch (error) {
      if (attempt === 20) throw error;
      await wait(50);
    }
  }
}
