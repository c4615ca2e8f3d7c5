/**
 * A warm runner runs a small flow of our own from end to end, in a home that goes away, before it says that it is
 * ready: what a run does for the first time takes two to three times as long as what it does again.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { homePaths } from "../protocol/home.ts";
import { newId } from "../protocol/ids.ts";
import type { SdkRuntime } from "../protocol/sdk-runtime.ts";
import { loadModule } from "./load-module.ts";
import type { Loader } from "./loader/install.ts";
import { realPath } from "./loader/probe.ts";
import { writeWhole } from "./loader/transform-cache.ts";
import { pickFlow } from "./pick-flow.ts";

const text = `import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { flow, task, z } from "millrace";

const step = task({ name: "step", async run(count: number) { return { count, at: new Date(0) }; } });

export const rehearsal = flow({
  name: "rehearsal",
  parameters: z.object({ count: z.int().min(1).default(1), name: z.string().optional() }),
  async run({ count }) {
    console.debug("step", count, typeof readFile, existsSync(path.join("no", "such", "file")));
    return (await step(count)).count;
  },
});
`;

const prefix = "millrace-rehearsal-";
/** Milliseconds; a rehearsal takes a hundredth of it. */
const staleAfter = 60_000;

/** A spare that is let go while it rehearses is killed, and leaves its folder to the next. */
function removeStale(): void {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(prefix)) continue;
    const folder = path.join(tmpdir(), name);
    try {
      if (Date.now() - statSync(folder).mtimeMs > staleAfter) rmSync(folder, { recursive: true, force: true });
    } catch {
      // Another user's, or another runner was quicker.
    }
  }
}

/** Whatever goes wrong: a runner that could not rehearse is only slower. */
export async function rehearseRun(home: string, dist: string, runtime: SdkRuntime, loader: Loader): Promise<void> {
  let scratch: string | undefined;
  try {
    // A fixed name, so that one entry of the transform cache serves all runners of the home.
    const file = path.join(realPath(home), path.relative(home, homePaths.transforms(home)), "rehearsal.ts");
    if (!existsSync(file)) writeWhole(file, text);
    if (!loader.isPrepared(file)) {
      const { prepareOnce } = await import("./loader/prepare.ts");
      await prepareOnce(file, home, dist);
    }
    const namespace = await loadModule(file, loader, (work) => work);
    removeStale();
    scratch = mkdtempSync(path.join(tmpdir(), prefix));
    await runtime.execute(pickFlow(runtime.listFlows(namespace), undefined, file, namespace), {
      home: path.join(scratch, "home"),
      run_id: newId(),
      file,
      parameters: { count: 1 },
      trigger: "rehearsal",
      cwd: process.cwd(),
      sources: loader.sources,
      onLog: () => undefined,
    });
  } catch {
    // The real run will tell what is wrong with the home or the build.
  } finally {
    loader.forget();
    if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true });
  }
}
