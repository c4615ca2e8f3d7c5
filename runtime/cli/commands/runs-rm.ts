import { isRemote } from "../../client/profiles.ts";
import { exitCodes, MillraceError } from "../../protocol/errors.ts";
import { isTerminal } from "../../protocol/states.ts";
import { confirm } from "../ask.ts";
import type { CommandHandler } from "../command.ts";
import { printJson } from "../json.ts";
import { deleteRuns } from "../runs/delete-runs.ts";
import { findRun } from "../runs/find-run.ts";
import { type OpenedRun, openRun } from "../runs/open-run.ts";
import { shortId } from "../view/summary.ts";

export const runsRemoveHandler: CommandHandler = async (context) => {
  const { home, input, io, json } = context;
  if (isRemote(home)) {
    const { removeElsewhere } = await import("../elsewhere/go-on.ts");
    return removeElsewhere(context, (question) => confirm(io, question));
  }
  const runs: OpenedRun[] = [];
  // All are looked at before the first is deleted: a slip in the last name deletes nothing.
  for (const typed of input.arguments) {
    const id = await findRun(home, typed);
    const run = openRun(home, id);
    if (run === undefined) throw new MillraceError("not-found", `There is no run ${id} in ${home}.`);
    refuseLive(run);
    if (!runs.some((other) => other.id === id)) runs.push(run);
  }
  const names = runs.map((run) => `${run.flowRun?.name ?? ""} (${shortId(run.id)})`.trim()).join(", ");
  if (!input.flag("yes") && !(await confirm(io, `Delete ${names} with results and logs?`))) {
    io.err("Nothing was deleted.\n");
    return exitCodes.failed;
  }
  await deleteRuns(
    home,
    runs.map(({ id }) => id),
  );
  if (json)
    printJson(
      io,
      runs.map(({ id }) => ({ id, removed: true })),
    );
  else io.out(`Deleted ${names}.\n`);
  return exitCodes.completed;
};

function refuseLive({ flowRun }: OpenedRun): void {
  if (flowRun === undefined || isTerminal(flowRun.state_type)) return;
  throw new MillraceError(
    "conflict",
    `${flowRun.name} is still going on; nothing was deleted. \`millrace runs cancel ${flowRun.name}\` ends it.`,
  );
}
