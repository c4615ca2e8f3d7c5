/** An earlier version once more: settings and code as they were then, as a new version. */
import { MillraceError } from "../../protocol/errors.ts";
import { homePaths } from "../../protocol/home.ts";
import type { Core } from "../core.ts";
import { placeProblems } from "../pools/place-problems.ts";
import { snapshotOf } from "./code.ts";
import type { StoredDeployment } from "./stored.ts";

/**
 * @throws MillraceError "not-found" for a version that is not kept, "conflict" when it is in force or its code is gone,
 * "bad-parameters" when its pool is.
 */
export function earlierVersion(
  { system, disk, home }: Pick<Core, "system" | "disk" | "home">,
  versions: readonly StoredDeployment[],
  wanted: number,
  now: string,
): StoredDeployment {
  const newest = versions.at(-1);
  const found = versions.find(({ version }) => version === wanted);
  if (found === undefined || newest === undefined) {
    const kept = versions.map(({ version }) => version).join(", ");
    throw new MillraceError("not-found", `Version ${wanted} is not kept; there are ${kept}.`);
  }
  if (found === newest) throw new MillraceError("conflict", `Version ${wanted} is the one in force.`);
  const hash = snapshotOf(found.code);
  if (hash !== undefined && !disk.exists(homePaths.codeSnapshot(home, hash))) {
    throw new MillraceError("conflict", `The code of version ${wanted} is not kept any more: deploy it anew.`);
  }
  const problems = placeProblems(system.facts, found);
  if (problems.length > 0) {
    const list = problems.map(({ path, message }) => `${path} ${message}`).join("; ");
    throw new MillraceError("bad-parameters", `Version ${wanted} cannot come back: ${list}`, { fields: problems });
  }
  // Whether its schedules are on is no part of a version, and neither is where it is declared.
  const { paused, declared_in, created } = newest;
  return { ...found, paused, declared_in, created, version: newest.version + 1, updated: now };
}
