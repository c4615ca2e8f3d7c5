/** Artifacts as the page groups and reads them. Pure. */
import type { ArtifactRecord, ValueRecord } from "../../../runtime/protocol/records.ts";

/** Artifacts of one key and run are versions of one thing, oldest first; things in the order they first came. */
export function artifactVersions(artifacts: readonly ArtifactRecord[]): readonly (readonly ArtifactRecord[])[] {
  const things = new Map<string, ArtifactRecord[]>();
  for (const artifact of artifacts) {
    const thing = `${artifact.flow_run_id}\n${artifact.type}\n${artifact.key}`;
    const versions = things.get(thing);
    if (versions === undefined) things.set(thing, [artifact]);
    else versions.push(artifact);
  }
  return [...things.values()];
}

/**
 * The value of a record that needs no decoding: a text, a number, or plain JSON (journal/values.ts says how they stand
 * there). Undefined for all others: the service decodes them.
 */
export function simpleValue(record: ValueRecord): { readonly value: unknown } | undefined {
  if (record.kind !== "inline") return undefined;
  const { data } = record;
  if (Array.isArray(data)) {
    const only: unknown = data.length === 1 ? data[0] : undefined;
    return typeof only === "string" || typeof only === "number" ? { value: only } : undefined;
  }
  return typeof data === "object" && data !== null && "json" in data ? { value: data.json } : undefined;
}

export function textField(value: unknown, field: string): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const found: unknown = Reflect.get(value, field);
  return typeof found === "string" ? found : undefined;
}
