/** Task runs by id, in the order they came into being. */
import type { TaskRun } from "../../runtime/protocol/api.ts";

export interface TaskTable {
  readonly size: number;
  /** Ids of those that changed or came since the table before this one. */
  readonly changed: ReadonlySet<string>;
  get(id: string): TaskRun | undefined;
  /** Oldest first. Ids sort in the order they were made. */
  all(): readonly TaskRun[];
  /** Those that count: calls that were made again by a resume or a retry are left out. */
  current(): readonly TaskRun[];
}
