import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { commandFile, projectRoot } from "../support/places.ts";
import { atMost, type BenchRow, median } from "./rows.ts";
import { benchEnvironment, runNode, withFolder } from "./spawn.ts";

const plainFlow = `import { flow, task } from "millrace";
const one = task({ name: "one", async run() { return 1; } });
export const main = flow({ name: "main", async run() { return one(); } });
`;
const zodFlow = `import { flow, task } from "millrace";
import { z } from "zod";
const one = task({ name: "one", async run() { return 1; } });
export const main = flow({ name: "main", parameters: z.object({ n: z.number().default(1) }), async run({ n }) { return (await one()) + n; } });
`;

const rounds = 15;

/** `millrace run` of a one-task flow as a whole process with nothing up, beside a bare Node. */
export function measureCommand(): Promise<readonly BenchRow[]> {
  return withFolder((folder) => {
    const project = path.join(folder, "project");
    mkdirSync(project);
    const files = {
      empty: path.join(project, "empty.mjs"),
      zod: path.join(projectRoot, "test", "bench", "flows", "import-zod.mjs"),
    };
    writeFileSync(files.empty, "");
    writeFileSync(path.join(project, "plain.ts"), plainFlow);
    writeFileSync(path.join(project, "with-zod.ts"), zodFlow);
    const env = benchEnvironment(path.join(folder, "home"));
    const time = (...args: string[]) => runNode(args, { cwd: project, env }).milliseconds;
    const programs = {
      empty: () => time(files.empty),
      plain: () => time(commandFile, "run", "plain.ts"),
      bareZod: () => time(files.zod),
      withZod: () => time(commandFile, "run", "with-zod.ts"),
    };
    const taken: Record<keyof typeof programs, number[]> = { empty: [], plain: [], bareZod: [], withZod: [] };
    // Two rounds fill the transform and compile caches; a user meets them filled from the second run on.
    for (let round = -2; round < rounds; round++) {
      for (const name of ["empty", "plain", "bareZod", "withZod"] as const) {
        const milliseconds = programs[name]();
        if (round >= 0) taken[name].push(milliseconds);
      }
    }
    const empty = median(taken.empty);
    const bareZod = median(taken.bareZod);
    return [
      atMost(
        "millrace run, one task, whole process",
        median(taken.plain),
        "ms",
        2.5 * empty,
        `2.5 x ${empty.toFixed(1)} ms, an empty node`,
      ),
      atMost(
        "the same with zod",
        median(taken.withZod),
        "ms",
        1.5 * bareZod,
        `1.5 x ${bareZod.toFixed(1)} ms, a bare node importing zod`,
      ),
    ];
  });
}
