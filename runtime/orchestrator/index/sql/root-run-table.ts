import type { FoldedOffset } from "../store.ts";
import type { SqlDatabase, SqlValue } from "./database.ts";
import { idText, idValue, numberOf } from "./values.ts";

/** A root run's own row: where folding stands, how many task runs it has, the base of their times. */
export interface StoredRoot {
  readonly key: number;
  readonly id: string;
  readonly base: number;
  tasks: number;
  folded: FoldedOffset | undefined;
}

export interface RootRunTable {
  byId(id: string): StoredRoot | undefined;
  byKey(key: number): StoredRoot | undefined;
  insert(id: string, base: number): StoredRoot;
  update(root: StoredRoot, change: number): void;
  remove(key: number): void;
  changedSince(change: number): FoldedOffset[];
  newestChange(): number;
}

const columns = "key, id, base, tasks, segment, byte_offset, seq";

export function createRootRunTable(database: SqlDatabase): RootRunTable {
  const byId = database.prepare(`SELECT ${columns} FROM root_run WHERE id = ?`);
  const byKey = database.prepare(`SELECT ${columns} FROM root_run WHERE key = ?`);
  const insert = database.prepare("INSERT INTO root_run (id, base, tasks, change) VALUES (?, ?, 0, 0) RETURNING key");
  const update = database.prepare(
    "UPDATE root_run SET tasks = ?, segment = ?, byte_offset = ?, seq = ?, change = ? WHERE key = ?",
  );
  const remove = database.prepare("DELETE FROM root_run WHERE key = ?");
  const changed = database.prepare(`SELECT ${columns} FROM root_run WHERE change > ? AND segment IS NOT NULL`);
  const newest = database.prepare("SELECT max(change) FROM root_run");
  return {
    byId: (id) => decode(byId.first([idValue(id)])),
    byKey: (key) => decode(byKey.first([key])),
    insert: (id, base) => ({
      key: numberOf(insert.first([idValue(id), base])?.[0]),
      id,
      base,
      tasks: 0,
      folded: undefined,
    }),
    update({ key, tasks, folded }, change) {
      update.run([tasks, folded?.segment ?? null, folded?.offset ?? null, folded?.seq ?? null, change, key]);
    },
    remove: (key) => remove.run([key]),
    changedSince: (change) => changed.all([change]).flatMap((values) => decode(values)?.folded ?? []),
    newestChange: () => numberOf(newest.first([])?.[0]),
  };
}

function decode(values: SqlValue[] | undefined): StoredRoot | undefined {
  if (values === undefined) return undefined;
  const [key, idBytes, base, tasks, segment, offset, seq] = values;
  const id = idText(idBytes);
  return {
    key: numberOf(key),
    id,
    base: numberOf(base),
    tasks: numberOf(tasks),
    folded:
      typeof segment === "number" ? { run_id: id, segment, offset: numberOf(offset), seq: numberOf(seq) } : undefined,
  };
}
