/** What a run of a deployment is asked for with. */

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

export function deploymentRun(deployment: StoredDeployment, run: DeploymentRun): RunRequest {
  const { created, due, parameters, scheduled, partition, trigger, idempotency_key } = run;
  const { infrastructure, code, flow_file: file } = deployment;
  const id = run.id ?? newId(created);
  const name = run.name ?? runWords(id);
  const snapshot = snapshotOf(code);
  const isProcess = infrastructure.type === "process";
  // One that says nothing but its type leaves all to the pool.
  const saysMore = Object.keys(infrastructure).length > 1;
  return {
    id,
    work_pool: deployment.work_pool_name,
    queue: deployment.work_queue_name,
    due,
    created,
    flow: { name: deployment.flow_name, file, export: deployment.flow_export },
    name,
    run: {
      file,
      flow: deployment.flow_export,
      parameters: { ...deployment.parameters, ...parameters },
      ...(run.name === undefined ? {} : { name }),
      tags: [...new Set([...deployment.tags, ...(run.tags ?? [])])],
      trigger,
      cwd: (isProcess ? infrastructure.working_dir : undefined) ?? deployment.cwd,
      ...(saysMore ? { infrastructure } : {}),
      ...(code.type === "git" && snapshot === undefined ? { code } : {}),
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
