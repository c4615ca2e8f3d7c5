import { formatPlural } from "../../runtime/protocol/formats.ts";
import type { Context } from "../context.ts";
import { CancelledByUser } from "../problems.ts";

/** Asks first: says what goes on without the service and what does not. */
export async function stopService({
  vscode,
  service,
  deployments,
}: Pick<Context, "vscode" | "service" | "deployments">): Promise<void> {
  const client = await service.existing();
  if (client === undefined) {
    void vscode.window.showInformationMessage("The Millrace service is not running. It starts when a flow runs.");
    return;
  }
  const { live_runs } = await client.request("GET /api/health");
  const runs =
    live_runs === 0
      ? "No flow is running."
      : `${formatPlural(live_runs, "run")} ${live_runs === 1 ? "goes" : "go"} on without it; runs that wait in the queue wait until it starts again.`;
  const on = deployments.deployments.filter(({ paused, next_run }) => !paused && next_run !== null).length;
  const schedules = on === 0 ? "" : ` ${formatPlural(on, "schedule")} ${on === 1 ? "does" : "do"} not fire meanwhile.`;
  const answer = await vscode.window.showWarningMessage(
    "Stop the Millrace service?",
    {
      modal: true,
      detail: `${runs}${schedules} It serves all windows and terminals of this computer's home, and starts again when a flow runs.`,
    },
    "Stop",
  );
  if (answer !== "Stop") throw new CancelledByUser();
  await service.stop();
}
