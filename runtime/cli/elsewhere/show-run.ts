/** `millrace runs show` of a run at an orchestrator elsewhere. */
import type { Client } from "../../client/client.ts";
import type { FlowRun, TaskRun } from "../../protocol/api.ts";
import { exitCodes } from "../../protocol/errors.ts";
import type { ArtifactRecord } from "../../protocol/records.ts";
import { isTerminal } from "../../protocol/states.ts";
import type { CommandContext } from "../command.ts";
import { printJson } from "../json.ts";
import { currentTasks } from "../runs/current-tasks.ts";
import { endFrom } from "../runs/show-end.ts";
import { fillModel } from "../view/from-api.ts";
import { makeModel } from "../view/model.ts";
import { artifactLines, headerLines, parameterLines } from "../view/run-facts.ts";
import { summaryLines } from "../view/summary.ts";
import { treeLines } from "../view/tree.ts";
import { withRun } from "./run-of.ts";

interface Found {
  readonly flowRun: FlowRun;
  readonly subflowRuns: readonly FlowRun[];
  readonly taskRuns: readonly TaskRun[];
  readonly artifacts: readonly ArtifactRecord[];
}

export function showElsewhere(context: CommandContext): Promise<number> {
  const { io, json } = context;
  return withRun(context, async (client, { root_flow_run_id: id }) => {
    const found = await read(client, id);
    if (json) {
      const { flowRun: flow_run, subflowRuns: subflow_runs, taskRuns: task_runs, artifacts } = found;
      printJson(io, { flow_run, subflow_runs, task_runs, artifacts });
    } else
      io.out(
        pageOf(context, found)
          .map((line) => `${line}\n`)
          .join(""),
      );
    return exitCodes.completed;
  });
}

async function read(client: Client, id: string): Promise<Found> {
  const params = { id };
  const flowRun = await client.request("GET /api/flow_runs/:id", { params });
  const taskRuns: TaskRun[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const body = { limit: 10_000, include_subflows: true, ...(cursor === undefined ? {} : { cursor }) };
    const page = await client.request("POST /api/flow_runs/:id/task_runs", { params, body });
    taskRuns.push(...page.items);
    cursor = page.next_cursor;
  }
  const ids = taskRuns.flatMap(({ child_flow_run_id: child }) => child ?? []);
  const subflowRuns: FlowRun[] = [];
  for (let from = 0; from < ids.length; from += 500) {
    const body = { ids: ids.slice(from, from + 500), limit: 500, include_subflows: true };
    subflowRuns.push(...(await client.request("POST /api/flow_runs/filter", { body })).items);
  }
  const { artifacts } = await client.request("GET /api/flow_runs/:id/artifacts", { params });
  return { flowRun, subflowRuns, taskRuns, artifacts };
}

function pageOf({ io, input }: CommandContext, { flowRun, ...found }: Found): string[] {
  const { style } = io;
  const width = io.columns();
  const all = Number.POSITIVE_INFINITY;
  const model = input.flag("all") ? makeModel({ collapseAbove: all, collapseMapsFrom: all }) : makeModel();
  const kept: ReadonlySet<string> = new Set();
  const taskRuns = currentTasks(found.taskRuns);
  fillModel(model, { ...found, flowRun, taskRuns, kept });
  const running = !isTerminal(flowRun.state_type);
  const end = summaryLines(endFrom(flowRun, taskRuns, kept), {
    style,
    width,
    cwd: io.cwd,
    // What the run loaded is kept there.
    readSource: () => undefined,
    showing: true,
  });
  const rest = end.slice(1);
  return [
    ...headerLines(flowRun, { io, width }),
    ...parameterLines(flowRun, { io, width }),
    "",
    ...treeLines(model, { style, width, ...(running ? { now: Date.now() } : {}) }).lines,
    ...artifactLines(found.artifacts, { io, width }),
    "",
    ...(rest[0] === "" ? rest.slice(1) : rest),
  ];
}
