/** The implementations that the conformance suite runs on. */
import { createMemoryStore } from "../../../../runtime/orchestrator/index/memory-store.ts";
import { createSqlStore } from "../../../../runtime/orchestrator/index/sql-store.ts";
import type { IndexStore } from "../../../../runtime/orchestrator/index/store.ts";

export const implementations: readonly { readonly name: string; readonly open: () => Promise<IndexStore> }[] = [
  { name: "memory", open: async () => createMemoryStore() },
  { name: "sql.js", open: () => createSqlStore() },
  // Whatever was held in memory between batches is gone after a restart: the tables alone must do.
  { name: "sql.js, reopened before each call", open: reopened },
];

async function reopened(): Promise<IndexStore> {
  let store = await createSqlStore();
  let before: Promise<unknown> = Promise.resolve();
  return new Proxy(store, {
    get: (_, name) => {
      if (name === "then") return undefined;
      return (...given: unknown[]) => {
        const answer = before.then(async () => {
          const bytes = store.export();
          await store.close();
          store = await createSqlStore(bytes);
          const call: (...given: unknown[]) => unknown = Reflect.get(store, name);
          return call(...given);
        });
        before = answer.catch(() => undefined);
        return answer;
      };
    },
  });
}
