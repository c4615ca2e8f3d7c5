/** What a person types for a run - an id, the beginning or end of one, a name - → its id. */
import { connect } from "../../client/connect.ts";
import { MillraceError } from "../../protocol/errors.ts";
import { isId } from "../../protocol/ids.ts";
import { didYouMean } from "../../protocol/near-names.ts";
import { runIds } from "./list-ids.ts";
import { readRunHead, readRunName } from "./run-name.ts";

/** Names are looked for among this many of the newest runs when no orchestrator is up. */
const namesRead = 2000;

/**
 * The newest run when nothing was typed.
 * @throws MillraceError "not-found" with near names, or "bad-usage" listing the runs that it could be.
 */
export async function findRun(home: string, typed: string | undefined): Promise<string> {
  if (typed === undefined) {
    const newest = runIds(home).next().value;
    if (newest === undefined) throw noRuns(home);
    return newest;
  }
  const text = typed.toLowerCase();
  if (isId(text)) return text;
  // Ids are hex: anything else is a name. A name could look like the end of an id ("face-bead"), so both are tried.
  const byId = /^[0-9a-f-]{3,}$/.test(text) ? matchIds(home, text.replace(/^-+|-+$/g, "")) : [];
  if (byId.length === 1 && byId[0] !== undefined) return byId[0];
  if (byId.length > 1) throw ambiguous(typed, byId, home);
  const byName = await idsByName(home, typed);
  if (byName.ids.length === 1 && byName.ids[0] !== undefined) return byName.ids[0];
  if (byName.ids.length > 1) throw ambiguous(typed, byName.ids, home);
  if (byName.names.length === 0) throw noRuns(home);
  const ofFlow = newestOfFlow(home, typed);
  if (ofFlow !== undefined) {
    throw new MillraceError(
      "not-found",
      `"${typed}" is a flow, not a run; its newest run is ${ofFlow.name} (${ofFlow.id}).`,
    );
  }
  const near = didYouMean(typed, byName.names);
  throw new MillraceError(
    "not-found",
    `There is no run "${typed}" in ${home}.${near} \`millrace runs ls\` lists the runs.`,
  );
}

function newestOfFlow(home: string, flow: string): { id: string; name: string } | undefined {
  let read = 0;
  for (const id of runIds(home)) {
    if (read++ >= namesRead) break;
    const head = readRunHead(home, id);
    if (head?.flow === flow) return { id, name: head.name };
  }
  return undefined;
}

function matchIds(home: string, text: string): string[] {
  const found: string[] = [];
  for (const id of runIds(home)) {
    if (id.startsWith(text) || id.endsWith(text)) found.push(id);
    if (found.length > 20) break;
  }
  return found;
}

async function idsByName(home: string, name: string): Promise<{ ids: string[]; names: string[] }> {
  const wanted = name.toLowerCase();
  const ids: string[] = [];
  const names: string[] = [];
  let read = 0;
  for (const id of runIds(home)) {
    if (read++ >= namesRead) break;
    const found = readRunName(home, id);
    if (found === undefined) continue;
    names.push(found);
    if (found.toLowerCase() === wanted) ids.push(id);
  }
  if (ids.length > 0) return { ids, names };
  // Older runs, and runs that were only asked for yet, are in the orchestrator's index.
  const client = await connect(home).catch(() => undefined);
  if (client === undefined) return { ids, names };
  try {
    const page = await client.request("POST /api/flow_runs/filter", {
      body: { text: name, limit: 200, include_subflows: true },
    });
    const found = page.items.filter((run) => run.name.toLowerCase() === wanted);
    return { ids: found.map((run) => run.id), names: [...names, ...page.items.map((run) => run.name)] };
  } finally {
    client.close();
  }
}

function ambiguous(typed: string, ids: readonly string[], home: string): MillraceError {
  const shown = ids.slice(0, 8).map((id) => `  ${id}  ${readRunName(home, id) ?? ""}`);
  const more = ids.length > shown.length ? [`  … and ${ids.length - shown.length} more`] : [];
  return new MillraceError(
    "bad-usage",
    [`"${typed}" could be any of these runs; give more of the id:`, ...shown, ...more].join("\n"),
  );
}

function noRuns(home: string): MillraceError {
  return new MillraceError("not-found", `There are no runs in ${home} yet. \`millrace run FILE\` makes one.`);
}
