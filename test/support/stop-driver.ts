/** One execution of a flow that does not end by itself: `HOME_FOLDER RUN_ID WHAT`. Says "ready" once it is going on. */
import { spawn } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { currentScope, signalOf } from "../../runtime/engine/context.ts";
import { runFlow, step } from "./run-flow.ts";

const [home = "", runId = "", what = ""] = process.argv.slice(2);

const say = (text: string): void => void process.stdout.write(`${text}\n`);

function spin(): never {
  for (;;) Math.random();
}

const tasks = {
  /** Ends when told to. */
  polite: step("polite", async () => {
    const scope = currentScope();
    say("ready");
    await pause(60_000, undefined, scope === undefined ? {} : { signal: signalOf(scope) });
  }),
  /** Hears nothing, but leaves the event loop free; has a child process. */
  deaf: step("deaf", async () => {
    // It holds on to our output: whoever reads that sees the end only when both processes are gone.
    spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: ["ignore", "inherit", "ignore"] });
    say("ready");
    for (;;) await pause(1000);
  }),
  /** Blocks the event loop for ever. */
  blocking: step(
    "blocking",
    () => {
      say("ready");
      spin();
    },
    { timeout: "200ms" },
  ),
  /** Blocks without a timeout. */
  stuck: step("stuck", () => {
    say("ready");
    spin();
  }),
  exiting: step("exiting", () => {
    say("ready");
    process.exit(7);
  }),
  /** Throws where nobody can catch it. */
  throwing: step("throwing", async () => {
    say("ready");
    setTimeout(() => {
      throw new RangeError("out of the blue");
    }, 1);
    await pause(60_000);
  }),
  /** The user's own idea of what Ctrl-C does. */
  impatient: step("impatient", async () => {
    process.on("SIGINT", () => process.exit(130));
    say("ready");
    await pause(60_000);
  }),
  /** Waits for what nobody will ever settle. */
  hopeless: step("hopeless", () => {
    say("ready");
    return new Promise(() => undefined);
  }),
} as const;

const task = Object.entries(tasks).find(([name]) => name === what)?.[1];
if (task === undefined) throw new Error(`no such task: ${what}`);
const outcome = await runFlow(home, () => task(), { run_id: runId });
say(JSON.stringify({ state: outcome.state.name, message: outcome.state.message }));
process.exitCode = outcome.exit_code;
