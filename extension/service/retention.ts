/** Deletes runs that ended longer ago than `millrace.retention.days` says: once a day, when the service is up anyway. */
import type * as Vscode from "vscode";
import type { Client } from "../../runtime/client/client.ts";
import { toError } from "../../runtime/protocol/errors.ts";
import { formatPlural } from "../../runtime/protocol/formats.ts";
import { isTerminal, type StateType, stateTypes } from "../../runtime/protocol/states.ts";
import type { Context } from "../context.ts";

const day = 86_400_000;
const lastKey = "retention.last";
const ended: readonly StateType[] = stateTypes.filter(isTerminal);

export function keepRetention({
  service,
  settings,
  extension,
  log,
  own,
}: Pick<Context, "service" | "settings" | "extension" | "log" | "own">): void {
  own(
    service.onDidChangeState((state) => {
      if (state !== "connected") return;
      prune(Date.now()).catch((thrown: unknown) => log.warn(`old runs were not deleted: ${toError(thrown).message}`));
    }) satisfies Vscode.Disposable,
  );

  async function prune(now: number): Promise<void> {
    const days = settings.get("retention.days");
    if (!(days > 0) || now - extension.globalState.get(lastKey, 0) < day) return;
    const client = await service.existing();
    if (client === undefined) return;
    await extension.globalState.update(lastKey, now);
    const count = await deleteOlder(client, now - days * day);
    if (count > 0) log.info(`retention: deleted ${formatPlural(count, "run")} that ended more than ${days} days ago`);
  }
}

/** @returns how many were deleted. */
export async function deleteOlder(client: Pick<Client, "request">, limit: number): Promise<number> {
  let count = 0;
  let cursor: string | null = null;
  do {
    const page: { items: readonly { id: string; end_time: string | null }[]; next_cursor: string | null } =
      await client.request("POST /api/flow_runs/filter", {
        body: {
          state_types: ended,
          before: new Date(limit).toISOString(),
          limit: 200,
          ...(cursor === null ? {} : { cursor }),
        },
      });
    for (const { id, end_time } of page.items) {
      // One that began long ago may have ended yesterday.
      if (end_time === null || Date.parse(end_time) >= limit) continue;
      await client.request("DELETE /api/flow_runs/:id", { params: { id } });
      count++;
    }
    cursor = page.next_cursor;
  } while (cursor !== null);
  return count;
}
