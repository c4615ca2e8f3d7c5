/**
 * The ids of a flow run and of all subflow runs below it. `rows` are the root run's flow runs in order of creation, so
 * parents come first and one pass finds all depths.
 */
export function descendants(
  flowRunId: string,
  rows: Iterable<{ readonly id: string; readonly parent_flow_run_id: string | undefined }>,
): ReadonlySet<string> {
  const found = new Set([flowRunId]);
  for (const row of rows) {
    if (row.parent_flow_run_id !== undefined && found.has(row.parent_flow_run_id)) found.add(row.id);
  }
  return found;
}
