import { plainValue } from "../../protocol/fold/plain-values.ts";
import type { ArtifactRecord } from "../../protocol/records.ts";
import type { Progress } from "./model.ts";

/** A progress artifact as a fraction with a label; undefined for other artifacts. */
export function progressOf(
  artifact: Pick<ArtifactRecord, "type" | "data" | "key" | "description">,
): Progress | undefined {
  if (artifact.type !== "progress") return undefined;
  const percent = percentOf(plainValue(artifact.data));
  if (percent === undefined) return undefined;
  return { label: artifact.description ?? artifact.key, fraction: percent / 100 };
}

/** Prefect's progress is a number from 0 to 100; an object may carry it as `progress`. */
function percentOf(value: unknown): number | undefined {
  if (typeof value === "number" && Number.isFinite(value)) return Math.min(100, Math.max(0, value));
  if (typeof value === "object" && value !== null && "progress" in value) return percentOf(value.progress);
  return undefined;
}
