import { homePaths, runPaths } from "../../protocol/home.ts";
import type { LogRecord } from "../../protocol/records.ts";
import { readLogs } from "../live/logs.ts";

export interface LogQuery {
  /** Byte offset: the `next` of the page before. */
  readonly after?: number;
  readonly limit?: number;
  readonly task_run_id?: string;
  /** The lowest level wanted. */
  readonly level?: number;
}

/**
 * A page of a run's log, oldest first. `runId` may be a subflow run of `rootId`: then only its own lines. `next` is
 * where to go on, also when nothing came: more may have been written by then.
 */
export async function logPage(home: string, rootId: string, runId: string, query: LogQuery) {
  const file = runPaths.logs(homePaths.run(home, rootId));
  const limit = query.limit ?? 1000;
  const wanted = (log: LogRecord): boolean =>
    (runId === rootId || log.flow_run_id === runId) &&
    (query.task_run_id === undefined || log.task_run_id === query.task_run_id) &&
    log.level >= (query.level ?? 0);
  const logs: LogRecord[] = [];
  let next = query.after ?? 0;
  for (;;) {
    const piece = await readLogs(file, next);
    for (const { log, end } of piece.lines) {
      next = end;
      if (wanted(log)) logs.push(log);
      if (logs.length === limit) return { logs, next };
    }
    if (piece.next <= next && piece.lines.length === 0) return { logs, next };
    next = piece.next;
  }
}
