/**
 * Equal parts of many deployments, kept once. Thousands of them differ in a name and a time: read line by line, each
 * would hold a parameter schema, paths and settings of its own for as long as the orchestrator is up.
 */
import type { DeploymentSchedule } from "../../protocol/deployments.ts";
import type { StoredDeployment } from "../deployments/stored.ts";
import type { SystemRecord } from "./records.ts";

/** For the records of one reading; what it has seen goes with it. */
export function createSharing(): (record: SystemRecord) => SystemRecord {
  const text = once<string>((value) => value);
  const tags = once<StoredDeployment["tags"]>(JSON.stringify);
  const values = once<StoredDeployment["parameters"]>(JSON.stringify);
  const schema = once<StoredDeployment["parameter_openapi_schema"]>(JSON.stringify);
  const infrastructure = once<StoredDeployment["infrastructure"]>(JSON.stringify);
  const code = once<StoredDeployment["code"]>(JSON.stringify);
  const times = once<DeploymentSchedule["schedule"]>(JSON.stringify);
  return (record) => {
    // A mark names its schedule by the same text as the deployment, which stands before it.
    if (record.kind === "schedule-handled") return { ...record, schedule_id: text(record.schedule_id) };
    if (record.kind !== "deployment") return record;
    const { deployment } = record;
    return {
      kind: "deployment",
      deployment: {
        ...deployment,
        flow_name: text(deployment.flow_name),
        flow_file: text(deployment.flow_file),
        flow_export: text(deployment.flow_export),
        cwd: text(deployment.cwd),
        tags: tags(deployment.tags),
        parameters: values(deployment.parameters),
        parameter_openapi_schema: schema(deployment.parameter_openapi_schema),
        schedules: deployment.schedules.map((schedule) => ({
          ...schedule,
          id: text(schedule.id),
          schedule: times(schedule.schedule),
          parameters: values(schedule.parameters),
        })),
        infrastructure: infrastructure(deployment.infrastructure),
        code: code(deployment.code),
        created: text(deployment.created),
        updated: text(deployment.updated),
      },
    };
  };
}

function once<T>(keyOf: (value: T) => string): (value: T) => T {
  const known = new Map<string, T>();
  return (value) => {
    const key = keyOf(value);
    const before = known.get(key);
    if (before !== undefined) return before;
    known.set(key, value);
    return value;
  };
}
