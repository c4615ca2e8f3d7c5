/**
 * The tables. Rows are slim, so that a million task runs fit into about 100 MB: integer keys, ids as 16-byte blobs
 * once, repeated texts in a dictionary, times as differences, NULL for what follows from the rest.
 *
 * Another number makes another file: a snapshot is never migrated, only rebuilt from the journals.
 */
export const schemaVersion = 2;

/** Task runs of one root run have the keys root × 2^21 + n: a run's task runs lie together and need no index. */
export const taskRunsPerRoot = 2 ** 21;

export const schema = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE dictionary (key INTEGER PRIMARY KEY, value TEXT NOT NULL UNIQUE);
CREATE TABLE flow (key INTEGER PRIMARY KEY, name TEXT NOT NULL, file TEXT NOT NULL, export TEXT, runs INTEGER NOT NULL);
CREATE UNIQUE INDEX flow_identity ON flow (name, file, ifnull(export, ''));

-- A root run: where folding stands, and the base of its times.
CREATE TABLE root_run (
  key INTEGER PRIMARY KEY AUTOINCREMENT,
  id BLOB NOT NULL UNIQUE,
  base INTEGER NOT NULL,
  tasks INTEGER NOT NULL,
  segment INTEGER, byte_offset INTEGER, seq INTEGER,
  change INTEGER NOT NULL
);
CREATE INDEX root_run_change ON root_run (change);

CREATE TABLE flow_run (
  key INTEGER PRIMARY KEY,
  root INTEGER NOT NULL,
  sub INTEGER NOT NULL,
  id BLOB NOT NULL UNIQUE,
  flow INTEGER NOT NULL,
  name TEXT NOT NULL,
  parameters TEXT NOT NULL,
  state INTEGER NOT NULL,
  state_at INTEGER NOT NULL,
  run_count INTEGER NOT NULL,
  created INTEGER NOT NULL,
  expected INTEGER, started INTEGER, ended INTEGER,
  total INTEGER NOT NULL,
  counts TEXT,
  parent_flow_run BLOB, parent_task_run BLOB,
  idempotency_key TEXT,
  deployment TEXT,
  more TEXT
);
CREATE INDEX flow_run_time ON flow_run (sub, id);
CREATE INDEX flow_run_flow ON flow_run (flow, sub, id);
CREATE INDEX flow_run_state ON flow_run (state, sub, id);
CREATE INDEX flow_run_root ON flow_run (root) WHERE sub = 1;
CREATE INDEX flow_run_deployment ON flow_run (deployment, sub, id) WHERE deployment IS NOT NULL;
CREATE INDEX flow_run_idempotency ON flow_run (idempotency_key) WHERE idempotency_key IS NOT NULL;

-- Columns without a type keep integers and texts as they come.
CREATE TABLE task_run (
  key INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  flow_run INTEGER,
  task INTEGER NOT NULL,
  name,
  dynamic_key,
  state INTEGER NOT NULL,
  run_count INTEGER NOT NULL,
  created INTEGER, started INTEGER, ended INTEGER, state_at INTEGER, total INTEGER,
  inputs BLOB,
  map INTEGER, map_index INTEGER,
  tags INTEGER, source INTEGER,
  more TEXT
);

CREATE TABLE request (
  id TEXT PRIMARY KEY, pool TEXT NOT NULL, queue TEXT NOT NULL, due INTEGER NOT NULL,
  worker TEXT, claimed_at INTEGER, held INTEGER NOT NULL, body TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX request_waiting ON request (pool, queue, due, id) WHERE worker IS NULL AND held = 0;
CREATE INDEX request_due ON request (due) WHERE worker IS NULL AND held = 0;
CREATE INDEX request_worker ON request (worker) WHERE worker IS NOT NULL;
CREATE TABLE place (run_id TEXT PRIMARY KEY, pool TEXT NOT NULL, queue TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX place_pool ON place (pool, queue);
CREATE TABLE work_pool (name TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE variable (name TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE concurrency_limit (name TEXT PRIMARY KEY, slots INTEGER NOT NULL, active INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE deleted_run (id BLOB PRIMARY KEY, change INTEGER NOT NULL) WITHOUT ROWID;
`;
