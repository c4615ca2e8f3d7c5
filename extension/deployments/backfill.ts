/** Backfill…: runs for the scheduled times of a range of days. A few questions, what they come to, and its page. */
import type * as Vscode from "vscode";
import type { Backfill, CreateBackfill, Deployment } from "../../runtime/protocol/deployments.ts";
import { MillraceError } from "../../runtime/protocol/errors.ts";
import { formatPlural } from "../../runtime/protocol/formats.ts";
import { requireTrust } from "../commands/trust.ts";
import type { Context } from "../context.ts";
import { CancelledByUser } from "../problems.ts";
import { scheduleWords } from "./words.ts";

type Parts = Pick<Context, "vscode" | "service" | "deployments" | "pages">;

/** The service works out the times and looks for runs of each. Milliseconds. */
const patience = 60_000;
const questions = 4;

/** @throws CancelledByUser */
export async function backfill({ vscode, service, deployments, pages }: Parts, id: string): Promise<void> {
  requireTrust(vscode, "Running a deployment");
  const client = await service.client();
  const deployment = deployments.find(id);
  if (deployment === undefined) throw new MillraceError("not-found", "This deployment is not there any more.");
  const title = `Backfill of ${deployment.flow_name} · ${deployment.name}`;
  const asked = await ask(vscode, title, deployment);
  const planned = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: "Working out the times" },
    () => client.request("POST /api/backfills", { body: { ...asked, dry_run: true }, timeout_ms: patience }),
  );
  const again = await confirm(vscode, title, planned);
  const body = { ...asked, ...(again ? { again } : {}) };
  const made = await client.request("POST /api/backfills", { body, timeout_ms: patience });
  const { flow_file, flow_export, flow_name } = deployment;
  await pages.openHistory({ flow_file, flow_export, flow_name, backfill_id: made.id });
}

async function ask(vscode: Context["vscode"], title: string, deployment: Deployment): Promise<CreateBackfill> {
  let step = 0;
  const box = async (prompt: string, value: string, check: (text: string) => string | undefined): Promise<string> => {
    const options = { title: `${title} (${++step}/${questions})`, prompt, value, validateInput: check };
    const answer = await vscode.window.showInputBox({ ...options, ignoreFocusOut: true });
    if (answer === undefined) throw new CancelledByUser();
    return answer.trim();
  };
  const today = new Date().toISOString().slice(0, 10);
  const start = await box("From which day on? The day belongs to it.", `${today.slice(0, 7)}-01`, dayProblem);
  const end = await box(
    "Up to which day? It belongs to it too.",
    today,
    (text) => dayProblem(text) ?? (Date.parse(text) < Date.parse(start) ? `It lies before ${start}.` : undefined),
  );
  const times = await askTimes(vscode, title, deployment, () =>
    box("It has no schedule. At which times shall it run in these days? Cron:", "0 5 * * *", (text) =>
      text.trim() === "" ? "Write five fields, as 0 5 * * *." : undefined,
    ),
  );
  const parameter = await askParameter(vscode, title, deployment);
  step = questions - 1;
  const concurrency = await box("How many of its runs at the same time?", "1", (text) =>
    /^[1-9]\d{0,3}$/.test(text.trim()) ? undefined : "Write a whole number from 1.",
  );
  return {
    ...{ deployment_id: deployment.id, start, end, concurrency: Number(concurrency) },
    ...times,
    ...(parameter === undefined ? {} : { partition_parameter: parameter }),
  };
}

async function askTimes(
  { window }: Context["vscode"],
  title: string,
  { schedules }: Deployment,
  askCron: () => Promise<string>,
): Promise<Pick<CreateBackfill, "schedule_id" | "cron" | "timezone">> {
  const [only, ...others] = schedules;
  if (only === undefined) {
    return { cron: await askCron(), timezone: Intl.DateTimeFormat().resolvedOptions().timeZone };
  }
  if (others.length === 0) return { schedule_id: only.id };
  const picked = await window.showQuickPick(
    schedules.map((schedule) => ({ label: scheduleWords(schedule.schedule), id: schedule.id })),
    { title, placeHolder: "The times of which schedule?", ignoreFocusOut: true },
  );
  if (picked === undefined) throw new CancelledByUser();
  return { schedule_id: picked.id };
}

/** The flow says itself which parameters there are; one that takes none need not be asked about. */
async function askParameter(
  { window }: Context["vscode"],
  title: string,
  { parameter_openapi_schema: schema }: Deployment,
): Promise<string | undefined> {
  const properties: unknown = schema?.["properties"];
  const names = typeof properties === "object" && properties !== null ? Object.keys(properties) : [];
  if (names.length === 0) return undefined;
  const none = { label: "$(circle-slash) None", description: "the run's partition key says it" };
  const picked = await window.showQuickPick([none, ...names.map((label) => ({ label, description: "" }))], {
    ...{ title, placeHolder: "Which parameter gets the time of a run, as text?", ignoreFocusOut: true },
  });
  if (picked === undefined) throw new CancelledByUser();
  return picked === none ? undefined : picked.label;
}

/** What would run and what is there already. Resolves with whether what is complete runs again too. */
async function confirm({ window }: Context["vscode"], title: string, planned: Backfill): Promise<boolean> {
  const { partitions, concurrency } = planned;
  const complete = partitions.filter(({ state }) => state === "complete").length;
  const left = partitions.length - complete;
  if (partitions.length === 0) throw new MillraceError("not-found", "No scheduled time lies in these days.");
  const begin = (count: number, words: string): Vscode.QuickPickItem & { readonly again: boolean } => ({
    label: `$(play) Start ${formatPlural(count, "run")}`,
    description: `${concurrency} at a time${words}`,
    again: words !== "",
  });
  const choices = [
    ...(left === 0 ? [] : [begin(left, "")]),
    ...(complete === 0 ? [] : [begin(partitions.length, ", also those that are complete")]),
  ];
  const listed = partitions.map(({ key, state }) => ({
    label: key,
    description: state === "missing" ? "has not run" : state,
    again: undefined,
  }));
  const picked = await window.showQuickPick([...choices, ...listed], {
    ...{ title, ignoreFocusOut: true },
    placeHolder: `${formatPlural(partitions.length, "time")}, ${complete} complete already`,
  });
  // A line of the list is for reading: nothing is started by it.
  if (picked?.again === undefined) throw new CancelledByUser();
  return picked.again;
}

function dayProblem(text: string): string | undefined {
  const isDay = /^\d{4}-\d{2}-\d{2}([T ].+)?$/.test(text.trim()) && !Number.isNaN(Date.parse(text));
  return isDay ? undefined : "Write a day, as 2026-01-31, or a time, as 2026-01-31T05:00.";
}
