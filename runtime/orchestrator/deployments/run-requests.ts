/** What a run of a deployment is asked for with. */

import type { CreateFlowRun } from "../../protocol/api.ts";
import type { DeploymentCode } from "../../protocol/deployments.ts";
import { newId } from "../../protocol/ids.ts";
import type { RunOfDeployment } from "../../protocol/records.ts";
import { runWords } from "../../protocol/run-words.ts";
import type { RunRequest } from "../index/store.ts";
import { snapshotOf } from "./code.ts";
import type { StoredDeployment } from "./stored.ts";

export interface DeploymentRun {
  readonly id?: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Milliseconds since the epoch. */
  readonly due: number;
  readonly created: number;
  /** "schedule", "api", "backfill", … */
  readonly trigger: string;
  readonly idempotency_key?: string;
  readonly tags?: readonly string[];
  readonly name?: string;
  readonly scheduled?: RunRequest["scheduled"];
  readonly partition?: Pick<RunOfDeployment, "partition_key" | "backfill_id">;
}

/** Where the deployment's runs are executed, and with which code: as a run is asked for with it. */
export function placeOfRun(
  { infrastructure, flow_file: file, flow_export: flow, cwd }: StoredDeployment,
  code: DeploymentCode,
): Pick<CreateFlowRun, "file" | "flow" | "cwd" | "infrastructure" | "code"> {
  // One that says nothing but its type leaves all to the pool.
  const saysMore = Object.keys(infrastructure).length > 1;
  return {
    file,
    flow,
    cwd: (infrastructure.type === "process" ? infrastructure.working_dir : undefined) ?? cwd,
    ...(saysMore ? { infrastructure } : {}),
    ...(code.type === "git" && snapshotOf(code) === undefined ? { code } : {}),
  };
}

export function deploymentRun(deployment: StoredDeployment, run: DeploymentRun): RunRequest {
  const { created, due, parameters, scheduled, partition, trigger, idempotency_key } = run;
  const { code, flow_file: file } = deployment;
  const id = run.id ?? newId(created);
  const name = run.name ?? runWords(id);
  const snapshot = snapshotOf(code);
  return {
    id,
    work_pool: deployment.work_pool_name,
    queue: deployment.work_queue_name,
    due,
    created,
    flow: { name: deployment.flow_name, file, export: deployment.flow_export },
    name,
    run: {
      ...placeOfRun(deployment, code),
      parameters: { ...deployment.parameters, ...parameters },
      ...(run.name === undefined ? {} : { name }),
      tags: [...new Set([...deployment.tags, ...(run.tags ?? [])])],
      trigger,
      ...(idempotency_key === undefined ? {} : { idempotency_key }),
    },
    deployment: {
      deployment_id: deployment.id,
      deployment_version: deployment.version,
      deployment_code: code,
      ...partition,
    },
    ...(scheduled === undefined ? {} : { scheduled }),
    ...(snapshot === undefined ? {} : { snapshot }),
  };
}

/** A scheduled time as it stands in keys: the same text for the same instant. */
export function timeKey(time: number): string {
  return new Date(time).toISOString().replace(".000Z", "Z");
}

/** As in Prefect: the same time of the same schedule is the same run, whoever comes to it. */
export function scheduledKey(deploymentId: string, scheduleId: string, time: number): string {
  return `scheduled ${deploymentId} ${scheduleId} ${timeKey(time)}`;
}
