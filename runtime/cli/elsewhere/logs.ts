/** The log of a run as an orchestrator elsewhere tells it, page by page. */
import type { Client } from "../../client/client.ts";
import type { LogRecord } from "../../protocol/records.ts";

export interface LogPages {
  /** What has come since the last call. */
  next(): Promise<readonly LogRecord[]>;
}

/** Lines of one page; a page that holds fewer is the last for now. */
const pageLines = 5000;

export function logPages(client: Client, id: string, filter: { readonly level?: number } = {}): LogPages {
  let after: number | undefined;
  return {
    async next() {
      const all: LogRecord[] = [];
      for (;;) {
        const body = { limit: pageLines, ...filter, ...(after === undefined ? {} : { after }) };
        const { logs, next } = await client.request("POST /api/flow_runs/:id/logs", { params: { id }, body });
        all.push(...logs);
        if (next === after || logs.length === 0) return all;
        after = next;
      }
    },
  };
}
