/** From the click on Run to the word "Running" on the run's page, in a real VS Code, measured in its window. */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { distFolder, projectRoot } from "../support/places.ts";
import { clickTimes } from "./click-times.ts";
import { atMost, type BenchRow, information, median } from "./rows.ts";
import { withFolder } from "./spawn.ts";

const rounds = 10;
const limits = { warm: 150, cold: 1000 } as const;
/** Milliseconds in which the worker has its next warm runner ready, and the window has settled. */
const settled = 1200;

const flow = `import { flow, sleep } from "millrace";

export const nap = flow({
  async run() {
    await sleep("1s");
  },
});
`;

/** As far as the bench uses the kit of the end-to-end tests, whose packages are installed only for them. */
interface Locator {
  click(): Promise<void>;
  waitFor(): Promise<void>;
  count(): Promise<number>;
}
interface Session {
  readonly vscode: { readonly home: string; readonly node: string };
  readonly page: {
    on(event: "console", listener: (message: { text(): string }) => void): void;
    locator(selector: string): Locator;
  };
  readonly workbench: {
    open(name: string): Promise<void>;
    lens(title: string): Locator;
    command(title: string): Promise<void>;
  };
  close(): Promise<void>;
}
interface Kit {
  openSession(
    test: { after(work: () => unknown): void; name: string },
    options: Readonly<Record<string, unknown>>,
  ): Promise<Session>;
}

export async function measureClick(): Promise<readonly BenchRow[]> {
  const kit = path.join(projectRoot, "test", "e2e", "kit");
  const { findChromium }: { findChromium(): string } = await import(path.join(kit, "install.mjs"));
  try {
    findChromium();
  } catch {
    console.error("click: not measured, there is no Chromium on this machine");
    return [];
  }
  const { openSession }: Kit = await import(path.join(kit, "session.ts"));
  return withFolder(async (folder) => {
    const extension = path.join(folder, "millrace");
    for (const name of ["package.json", "media", "schemas", "examples"]) {
      if (existsSync(path.join(projectRoot, name)))
        cpSync(path.join(projectRoot, name), path.join(extension, name), { recursive: true });
    }
    cpSync(distFolder, path.join(extension, "dist"), { recursive: true, dereference: true });
    const session = await openSession(
      { name: "click", after() {} },
      {
        extension,
        alongside: [path.join(projectRoot, "test", "bench", "floor")],
        script: clickTimes,
        prepare: (workspace: string) => writeFileSync(path.join(workspace, "nap.ts"), flow),
      },
    );
    try {
      return await measure(session);
    } finally {
      await session.close();
    }
  });
}

async function measure({ vscode, page, workbench }: Session): Promise<readonly BenchRow[]> {
  let shown: ((time: number) => void) | undefined;
  let clicked = Number.NaN;
  page.on("console", (message) => {
    const [, what, time] = /^bench:(clicked|shown) ([\d.]+)$/.exec(message.text()) ?? [];
    if (what === "clicked") clicked = Number(time);
    else if (what === "shown" && Number(time) > clicked) shown?.(Number(time));
  });
  async function click(lens: string): Promise<number> {
    const seen = new Promise<number>((resolve, reject) => {
      shown = resolve;
      setTimeout(() => reject(new Error(`no page told of "Running" within 60 s after ${lens}`)), 60_000).unref();
    });
    clicked = Number.POSITIVE_INFINITY;
    const [at] = await Promise.all([seen, workbench.lens(lens).click()]);
    shown = undefined;
    return at - clicked;
  }
  async function repeat(lens: string, between: () => Promise<void>): Promise<number> {
    const times: number[] = [];
    for (let round = 0; round < rounds; round++) {
      await between();
      await pause(settled);
      times.push(await click(lens));
    }
    if (process.env["MILLRACE_BENCH_TIMES"]) console.error(lens, times.map(Math.round).join(" "));
    return median(times);
  }
  const ended = (): Promise<void> => workbench.lens("Completed").waitFor();
  const closed = async (): Promise<void> => {
    const close = page.locator('.tab:not([data-resource-name="nap.ts"]) .codicon-close');
    while ((await close.count()) > 0) await close.click();
  };

  await workbench.open("nap.ts");
  await workbench.lens("Run").waitFor();
  await workbench.lens("Not run yet").waitFor();
  // Opening the file has started one; a window that has none is the hardest case.
  const launcher = path.join(vscode.home, "bin", "millrace");
  spawnSync(launcher, ["orchestrator", "stop"], { timeout: 20_000 });
  await pause(settled);
  const cold = await click("Run");
  await ended();
  const open = await repeat("Run", ended);
  await ended();
  const none = await repeat("Run", async () => {
    await ended();
    await closed();
  });
  await ended();
  await closed();
  const floorOpen = await repeat("Floor", async () => {});
  const floorNone = await repeat("Floor", closed);
  const load = `load ${loadavg()[0]?.toFixed(1)}`;
  const floor = (value: number): string => `a page with one word: ${value.toFixed(0)} ms; ${load}`;
  return [
    atMost("click on Run → page shows RUNNING, another page open", open, "ms", limits.warm, floor(floorOpen)),
    atMost("click on Run → page shows RUNNING, no page open", none, "ms", limits.warm, floor(floorNone)),
    atMost("click on Run → page shows RUNNING, nothing running before", cold, "ms", limits.cold, load),
    information("click → a page with one word, another page open", floorOpen, "ms"),
    information("click → a page with one word, no page open", floorNone, "ms"),
  ];
}
