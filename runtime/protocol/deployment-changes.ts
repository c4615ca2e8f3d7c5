/** What differs between two versions of a deployment. Pure. */
import type { Deployment, DeploymentChange } from "./deployments.ts";

type Version = Omit<Deployment, "flow_id" | "next_run" | "last_run">;

/** As deploying the second told it. */
export function changesOf(before: Deployment, after: Deployment): DeploymentChange[] {
  const stored = ({ flow_id: _flow, next_run: _next, last_run: _last, ...rest }: Deployment) => rest;
  return changesBetween(stored(before), stored(after));
}

/** Fields that are no part of a version: who it is, when it was made, and where it is declared. */
const apart: ReadonlySet<string> = new Set(["id", "version", "created", "updated", "flow_name"]);

/** What changes from one version to the next, field by field. */
export function changesBetween(before: Version, after: Version): DeploymentChange[] {
  const changes: DeploymentChange[] = [];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  for (const key of keys) {
    if (apart.has(key)) continue;
    collect(key, Reflect.get(before, key), Reflect.get(after, key), changes);
  }
  return changes;
}

function collect(at: string, before: unknown, after: unknown, changes: DeploymentChange[]): void {
  if (isSameJson(before, after)) return;
  // A schema is one thing for people: that it has changed is what they need to know.
  const whole = at === "parameter_openapi_schema" || !isPlain(before) || !isPlain(after);
  if (!whole && !Array.isArray(before) && !Array.isArray(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      if (key === "id" && at.startsWith("schedules[")) continue;
      collect(`${at}.${key}`, Reflect.get(before, key), Reflect.get(after, key), changes);
    }
    return;
  }
  if (Array.isArray(before) && Array.isArray(after) && at === "schedules") {
    for (let place = 0; place < Math.max(before.length, after.length); place++) {
      collect(`${at}[${place}]`, before[place], after[place], changes);
    }
    return;
  }
  changes.push({ path: at, before: before ?? null, after: after ?? null });
}

function isPlain(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** JSON values, in which what is undefined is not there. */
function isSameJson(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (!isPlain(one) || !isPlain(other) || Array.isArray(one) !== Array.isArray(other)) return false;
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].every((key) => isSameJson(Reflect.get(one, key), Reflect.get(other, key)));
}
