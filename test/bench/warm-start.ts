import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { connectOrStart } from "../../runtime/client/connect.ts";
import { atMost, type BenchRow, median, percentile } from "./rows.ts";
import { withFolder } from "./spawn.ts";

const flowText = (mark: string, edition: number) => `import { flow } from "millrace";
import { z } from "zod";
import { appendFileSync } from "node:fs";
// edition ${edition}
export const main = flow({
  name: "main",
  parameters: z.object({ n: z.number().default(0) }),
  async run({ n }) {
    appendFileSync(${JSON.stringify(mark)}, n + " " + (performance.timeOrigin + performance.now()) + "\\n");
  },
});
`;

const now = () => performance.timeOrigin + performance.now();

/** From the request at a warm orchestrator (synced first) to the first statement of the flow's body. */
export function measureWarmStart(): Promise<readonly BenchRow[]> {
  return withFolder(async (folder) => {
    const home = path.join(folder, "home");
    const project = path.join(folder, "project");
    mkdirSync(project);
    const file = path.join(project, "flow.ts");
    const mark = path.join(folder, "marks");
    writeFileSync(mark, "");
    writeFileSync(file, flowText(mark, 0));
    const client = await connectOrStart(home);
    try {
      const sent = new Map<number, number>();
      let number = 0;
      const request = async () => {
        const n = ++number;
        sent.set(n, now());
        await client.request("POST /api/flow_runs", { body: { file, parameters: { n } } });
        return n;
      };
      const reached = () => {
        const lines = readFileSync(mark, "utf8").trim().split("\n").filter(Boolean);
        return new Map(lines.map((line) => line.split(" ").map(Number)).map(([n, at]) => [n ?? 0, at ?? 0] as const));
      };
      const settle = async (numbers: readonly number[]) => {
        for (let wait = 0; wait < 300; wait++) {
          const marks = reached();
          if (numbers.every((n) => marks.has(n))) return numbers.map((n) => (marks.get(n) ?? 0) - (sent.get(n) ?? 0));
          await pause(50);
        }
        throw new Error("a requested run did not start within 15 s");
      };
      const spaced = async (count: number, before: (round: number) => void) => {
        const times: number[] = [];
        for (let round = 0; round < count; round++) {
          before(round);
          const [time = Number.NaN] = await settle([await request()]);
          times.push(time);
          await pause(350); // the spare that was taken is replaced meanwhile
        }
        return times;
      };
      await spaced(4, () => {});
      const unchanged = await spaced(25, () => {});
      const edited = await spaced(25, (round) => writeFileSync(file, flowText(mark, round + 1)));
      const burst: number[] = [];
      const begin = now();
      for (let n = 0; n < 200; n++) {
        await pause(Math.max(0, begin + n * 100 - now()));
        burst.push(await request());
      }
      const atTen = await settle(burst);
      return [
        atMost("request at a warm orchestrator to first statement, file unchanged", median(unchanged), "ms", 15),
        atMost("the same, file edited", median(edited), "ms", 40),
        atMost("the same, p99 at 10 requests a second", percentile(atTen, 0.99), "ms", 100),
      ];
    } finally {
      const { pid } = await client.request("GET /api/health", {});
      await client.request("POST /api/shutdown", { body: { drain: false, reason: "bench" } });
      client.close();
      // It writes a last snapshot; the folder can go when it has ended.
      for (let wait = 0; wait < 100 && isRunning(pid); wait++) await pause(100);
    }
  });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
