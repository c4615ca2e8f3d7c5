/** Runs the built command as a user does. */
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { TestContext } from "node:test";
import { commandFile, temporaryFolder } from "../support/places.ts";

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Place {
  readonly home: string;
  readonly cwd: string;
  write(name: string, text: string): string;
  millrace(...args: readonly string[]): Promise<Ended>;
  /** With more in its environment. */
  millraceWith(environment: NodeJS.ProcessEnv, ...args: readonly string[]): Promise<Ended>;
  start(...args: readonly string[]): ReturnType<typeof spawn>;
}

export function makePlace(t: Pick<TestContext, "after">): Place {
  const cwd = temporaryFolder(t, "millrace-cli-");
  const home = path.join(cwd, "home");
  const start = (environment: NodeJS.ProcessEnv, args: readonly string[]) => {
    const child = spawn(process.execPath, [commandFile, ...args], {
      cwd,
      env: { ...environmentWithout("NO_COLOR", "FORCE_COLOR", "CI"), MILLRACE_HOME: home, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    // A test that fails may leave a run that waits for ever, and the whole suite with it.
    t.after(() => child.kill("SIGKILL"));
    return child;
  };
  const millraceWith = (environment: NodeJS.ProcessEnv, ...args: readonly string[]) =>
    new Promise<Ended>((resolve, reject) => {
      const child = start(environment, args);
      let out = "";
      let err = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        out += text;
      });
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        err += text;
      });
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, out, err }));
    });
  return {
    home,
    cwd,
    write(name, text) {
      const file = path.join(cwd, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text);
      return file;
    },
    millraceWith,
    millrace: (...args) => millraceWith({}, ...args),
    start: (...args) => start({}, args),
  };
}

function environmentWithout(...names: readonly string[]): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !names.includes(name)));
}

/** The last line of --json output. */
export function lastObject(out: string): Record<string, unknown> {
  const value: unknown = JSON.parse(out.trim().split("\n").at(-1) ?? "");
  if (typeof value !== "object" || value === null) throw new Error(`no object: ${out}`);
  return { ...value };
}

/** Three tasks; the second fails until the file "fixed" is there. */
export const breakable = `
import { existsSync } from "node:fs";
import { flow, log, task, z } from "millrace";

const extract = task({ name: "extract", async run(n: number) { log.info("extracting", { n }); return n; } });
const clean = task({
  name: "clean",
  async run(n: number) {
    if (!existsSync("fixed")) throw new TypeError("row 7 has no date");
    return n;
  },
});
const load = task({ name: "load", async run(n: number) { log.warn("loaded late"); return n; } });

export const etl = flow({
  name: "etl-parent",
  parameters: z.object({ months: z.array(z.int().min(1).max(12)).default([1]), year: z.int().default(2021) }),
  async run({ year }) {
    return load(clean(extract(year)));
  },
});
`;
