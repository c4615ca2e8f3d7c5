/** Candidates for completion. A keystroke waits for them, so only little is read and nothing is started or loaded. */
import { isRemote } from "../../client/profiles.ts";
import { realDisk } from "../../journal/disk.ts";
import { listLiveRuns, readLiveEntry } from "../../journal/live.ts";
import { builtInTypes, publishedBlocks } from "../blocks/read-blocks.ts";
import type { CompletionKind } from "../command.ts";
import { publishedVariables } from "../commands/variables.ts";
import { filesWithFlows } from "../flows-scan.ts";
import { runIds } from "../runs/list-ids.ts";
import { openRun } from "../runs/open-run.ts";
import { readRunHead } from "../runs/run-name.ts";
import { shortPath } from "../view/error-lines.ts";
import { shortId } from "../view/summary.ts";
import type { Suggestion } from "./complete.ts";

const mostRuns = 50;

export async function lookUp(
  kind: CompletionKind,
  before: readonly string[],
  { home, cwd }: { readonly home: string; readonly cwd: string },
): Promise<readonly Suggestion[]> {
  if (kind === "deployment" || kind === "automation" || kind === "pool" || (kind === "run" && isRemote(home))) {
    return (await import("./look-up-service.ts")).lookUpThere(kind, home);
  }
  // What is elsewhere has no files here.
  if (isRemote(home) && kind !== "flow-file" && kind !== "block-type") return [];
  switch (kind) {
    case "run":
      return recentRuns(home);
    case "live-run":
      return listLiveRuns(realDisk, home).flatMap((id) => {
        const entry = readLiveEntry(realDisk, home, id);
        const name = readRunHead(home, id)?.name;
        return entry === undefined || name === undefined ? [] : [{ value: name, summary: entry.flow_name }];
      });
    case "flow":
      return [...new Set(heads(home).map(({ flow }) => flow))].map((value) => ({ value }));
    case "flow-file":
      return filesWithFlows(cwd).map((file) => ({ value: shortPath(file, cwd) }));
    case "variable":
      return publishedVariables(home).map(({ name }) => ({ value: name }));
    case "block-type":
      return blockTypes(home);
    case "block":
      return blocksOf(home, before);
    case "task":
      return tasksOf(home, before);
    default:
      return [];
  }
}

/** Built-in ones, and those of which something is saved. */
function blockTypes(home: string): Suggestion[] {
  const builtIn = builtInTypes().map(({ slug, name }) => ({ value: slug, summary: name }));
  const known = new Set(builtIn.map(({ value }) => value));
  const others = new Set(publishedBlocks(home).map(({ block_type_slug }) => block_type_slug));
  return [...builtIn, ...[...others].filter((slug) => !known.has(slug)).map((value) => ({ value }))];
}

function blocksOf(home: string, before: readonly string[]): Suggestion[] {
  const className = new Map(builtInTypes().map((type) => [type.class_name, type.slug]));
  const slugs = new Set(before.flatMap((word) => [word, className.get(word) ?? word]));
  return publishedBlocks(home)
    .filter(({ block_type_slug }) => slugs.has(block_type_slug))
    .map(({ name }) => ({ value: name }));
}

function heads(home: string) {
  const result: { id: string; name: string; flow: string }[] = [];
  for (const id of runIds(home)) {
    if (result.length >= mostRuns) break;
    const head = readRunHead(home, id);
    if (head !== undefined) result.push({ id, ...head });
  }
  return result;
}

/** Names first; the short id where a name is taken by a newer run. */
function recentRuns(home: string): Suggestion[] {
  const taken = new Set<string>();
  return heads(home).map(({ id, name, flow }) => {
    const value = taken.has(name) ? shortId(id) : name;
    taken.add(name);
    return { value, summary: flow };
  });
}

function tasksOf(home: string, before: readonly string[]): Suggestion[] {
  const named = heads(home).find(({ id, name }) =>
    before.some((word) => word === name || word === id || word === shortId(id)),
  );
  const run = named === undefined ? undefined : openRun(home, named.id);
  return [...new Set(run?.view.taskRuns.map((task) => task.task_key))].map((value) => ({ value }));
}
