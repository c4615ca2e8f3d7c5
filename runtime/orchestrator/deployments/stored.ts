/** What the system journal keeps of deployments and backfills; the rest of what the API tells follows from runs. */
import type { Deployment } from "../../protocol/deployments.ts";

export type StoredDeployment = Omit<Deployment, "flow_id" | "next_run" | "last_run">;

export interface StoredBackfill {
  readonly id: string;
  readonly deployment_id: string;
  readonly created: string;
  readonly concurrency: number;
  /** Scheduled times, oldest first, as ISO 8601 texts without milliseconds. */
  readonly keys: readonly string[];
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly partition_parameter: string | null;
  /** Partitions that were complete when it was asked for: it leaves them alone. */
  readonly complete_before: readonly string[];
  readonly cancelled: boolean;
}
