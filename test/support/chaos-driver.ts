/**
 * One execution of a flow of 300 tasks, to be killed at any moment: `HOME_FOLDER RUN_ID start|resume DIARY [GATE]`. With
 * a gate it does not go beyond two thirds before that file is there, however late anybody looks at it. The diary
 * gets a line when a task's body runs and another when the flow sees it acknowledged, in the order they happen.
 */
import { appendFileSync, existsSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { MillraceError } from "../../runtime/protocol/errors.ts";
import { runFlow, step } from "./run-flow.ts";

const [home = "", runId = "", mode = "start", diary = "", gate] = process.argv.slice(2);

const write = (text: string): void => appendFileSync(diary, `${text}\n`);

const work = step("work", async (number: number) => {
  write(`run ${number}`);
  // Some take a while, so that completions come in another order than starts.
  if (number % 3 === 0) await pause(number % 12);
  return number % 50 === 0 ? "large ".repeat(20_000) : { number };
});

async function body(): Promise<number> {
  let done = 0;
  for (let round = 0; round < 30; round++) {
    const calls = Array.from({ length: 10 }, async (_, index) => {
      const number = round * 10 + index;
      await work(number);
      write(`ack ${number}`);
      done++;
    });
    await Promise.all(calls);
    while (gate !== undefined && round === 20 && !existsSync(gate)) await pause(5);
  }
  return done;
}

try {
  const outcome = await runFlow(home, body, {
    run_id: runId,
    ...(mode === "resume" ? { resume: { mode: "resume" } } : {}),
  });
  process.stdout.write(`${JSON.stringify({ state: outcome.state.name, result: outcome.result })}\n`);
  process.exitCode = outcome.exit_code;
} catch (error) {
  if (!(error instanceof MillraceError)) throw error;
  process.stdout.write(`${JSON.stringify({ refused: error.code })}\n`);
  process.exitCode = error.exitCode;
}
