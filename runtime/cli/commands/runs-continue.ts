import { setTimeout as pause } from "node:timers/promises";
import { connect } from "../../client/connect.ts";
import { isRemote } from "../../client/profiles.ts";
import { exitCodes, MillraceError } from "../../protocol/errors.ts";
import { isTerminal } from "../../protocol/states.ts";
import type { CommandHandler } from "../command.ts";
import { printJson } from "../json.ts";
import { usage } from "../parse.ts";
import { findRun } from "../runs/find-run.ts";
import { openRun } from "../runs/open-run.ts";
import { tellRunner } from "../runs/tell-runner.ts";
import { stateLabel } from "../view/glyphs.ts";

/** Milliseconds in which a runner refuses an answer that does not fit its pause. */
const refusalTime = 1000;

export const runsContinueHandler: CommandHandler = async (context) => {
  const { command, home, input, io, json } = context;
  const given = input.text("value");
  const answer = given === undefined ? {} : { value: parseValue(given, (message) => usage(command, message)) };
  const key = input.text("key");
  const body = { ...answer, ...(key === undefined ? {} : { pause_key: key }) };
  if (isRemote(home)) return (await import("../elsewhere/go-on.ts")).continueElsewhere(context, body);
  const id = await findRun(home, input.arguments[0]);
  const client = await connect(home).catch(() => undefined);
  if (client !== undefined) {
    try {
      const run = await client.request("POST /api/flow_runs/:id/continue", { params: { id }, body });
      if (json) printJson(io, run);
      else io.out(`${io.style.bold(run.name)} goes on.\n`);
      return exitCodes.completed;
    } finally {
      client.close();
    }
  }
  const { live, flowRun, waiting } = await waitingRun(home, id);
  const pauseKey = key ?? waiting.state_details["pause_key"];
  if (live === undefined || waiting.type !== "PAUSED" || typeof pauseKey !== "string") {
    const label = stateLabel({ type: flowRun.state_type, name: flowRun.state_name }).toLowerCase();
    throw new MillraceError("conflict", `${flowRun.name} does not wait for an answer: it is ${label}.`);
  }
  let refused: string | undefined;
  const reached = await tellRunner(
    live,
    { type: "continue", pause_key: pauseKey, ...answer },
    {
      patience: refusalTime,
      until: (message) => {
        if (!("type" in message) || message.type !== "continue-refused") return false;
        refused = "message" in message ? String(message.message) : "";
        return true;
      },
    },
  );
  if (!reached) throw new MillraceError("not-answering", `The process of ${flowRun.name} does not answer.`);
  if (refused !== undefined)
    throw new MillraceError("bad-parameters", `${flowRun.name} does not take this answer: ${refused}`);
  if (json) printJson(io, openRun(home, id)?.flowRun ?? flowRun);
  else io.out(`${io.style.bold(flowRun.name)} goes on.\n`);
  return exitCodes.completed;
};

/** The run and the state it waits in. A terminal tells of a pause a moment before its record is in the journal. */
async function waitingRun(home: string, id: string) {
  for (let looks = 0; ; looks++) {
    const run = openRun(home, id);
    if (run?.flowRun === undefined) throw new MillraceError("not-found", `There is no run ${id} in ${home}.`);
    const { live, flowRun } = run;
    const waiting = run.view.taskRuns.find((task) => task.state_type === "PAUSED")?.state ?? flowRun.state;
    const mayPause = live !== undefined && !isTerminal(flowRun.state_type);
    if (waiting.type === "PAUSED" || !mayPause || looks === 20) return { live, flowRun, waiting };
    await pause(50);
  }
}

function parseValue(text: string, problem: (message: string) => MillraceError): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw problem(`--value is no valid JSON: ${reason}. A text stands in double quotes: --value '"yes"'.`);
  }
}
