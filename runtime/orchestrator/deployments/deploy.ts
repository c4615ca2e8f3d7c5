/** Deploying: what was said is checked against the flow itself, its code is pinned, and a new version is written down. */
import type { FlowDescription } from "../../protocol/api.ts";
import { changesBetween } from "../../protocol/deployment-changes.ts";
import type { DeploymentPlan, DeploymentSettings } from "../../protocol/deployments.ts";
import { type FieldProblem, MillraceError } from "../../protocol/errors.ts";
import { newId } from "../../protocol/ids.ts";
import { didYouMean } from "../../protocol/near-names.ts";
import type { Modules } from "../../worker/modules.ts";
import type { Core } from "../core.ts";
import { placeProblems } from "../pools/place-problems.ts";
import { sourceFile } from "../runs/requests.ts";
import type { SystemFacts, SystemRecord } from "../system/records.ts";
import { pinCode, snapshotOf } from "./code.ts";
import { settingsProblems, wholeDeployment } from "./model.ts";
import type { StoredDeployment } from "./stored.ts";

export interface Deployed {
  /** The version in force, or the one that would be; undefined when there are problems. */
  readonly deployment: StoredDeployment | undefined;
  readonly plan: DeploymentPlan;
}

/** @throws MillraceError for a file or flow that is not there, and what cannot be loaded. */
export async function deploy(
  core: Pick<Core, "disk" | "home" | "system">,
  modules: Modules,
  given: DeploymentSettings,
  dry: boolean,
): Promise<Deployed> {
  const { system } = core;
  const problems = [...settingsProblems(given), ...placeProblems(system.facts, given)];
  if (problems.length > 0) return refused(problems);
  const settings = { ...given, flow_file: sourceFile({ file: given.flow_file }) };
  const { code, file } = await pinCode(settings, { core, modules, dry });
  const commit = dry || code.type !== "git" ? undefined : snapshotOf(code);
  const flow = pickFlow(await modules.describe(file, commit), settings);
  const before = findDeployment(system.facts, settings, flow);
  const after = wholeDeployment(settings, { flow, code, before, now: new Date().toISOString(), newId });
  const refusals = await parameterProblems(modules, after, file, commit);
  if (refusals.length > 0) return refused(refusals);
  const changes = before === undefined ? [] : changesBetween(before, after);
  if (before !== undefined && changes.length === 0) {
    return { deployment: before, plan: { kind: "unchanged", changes, problems: [] } };
  }
  const plan: DeploymentPlan = { kind: before === undefined ? "new" : "changed", changes, problems: [] };
  if (!dry) await system.commitAll(recordsOf(after, before, Date.now()));
  return { deployment: after, plan };
}

function refused(problems: readonly FieldProblem[]): Deployed {
  return { deployment: undefined, plan: { kind: "unchanged", changes: [], problems } };
}

/** A schedule that is new, or fires at other times than before, begins now: what lay before was never missed. */
export function recordsOf(after: StoredDeployment, before: StoredDeployment | undefined, now: number): SystemRecord[] {
  const known = new Map((before?.schedules ?? []).map((schedule) => [schedule.id, schedule]));
  const begun = after.schedules.filter((schedule) => {
    const earlier = known.get(schedule.id);
    return earlier === undefined || JSON.stringify(earlier.schedule) !== JSON.stringify(schedule.schedule);
  });
  return [
    ...begun.map(({ id }): SystemRecord => ({ kind: "schedule-handled", schedule_id: id, until: now })),
    { kind: "deployment", deployment: after },
  ];
}

function pickFlow(
  description: { readonly flows: readonly FlowDescription[] },
  settings: DeploymentSettings,
): FlowDescription {
  const { flow_file: file, flow_export: wanted } = settings;
  const { flows } = description;
  const found = flows.find((flow) => flow.export === wanted) ?? flows.find(({ name }) => name === wanted);
  if (found !== undefined) return found;
  const names = flows.flatMap((flow) => [flow.export, flow.name]);
  throw new MillraceError(
    "unknown-flow",
    `${file} has no flow "${wanted}".${didYouMean(wanted, names) || ` It has ${flows.map((flow) => flow.export).join(", ")}.`}`,
    { fields: [{ path: "flow_export", message: `${file} has no such flow` }] },
  );
}

/**
 * One deployment is a flow and a name. One that a file declares is also found when its flow has moved since: there it
 * is known by its name, so that its runs and what its schedules have dealt with stay with it.
 */
export function findDeployment(
  facts: SystemFacts,
  settings: DeploymentSettings,
  flow: Pick<FlowDescription, "export" | "name">,
): StoredDeployment | undefined {
  const newest = [...facts.deployments.values()].flatMap((versions) => versions.at(-1) ?? []);
  const namesakes = newest.filter(({ name }) => name === settings.name);
  const same = namesakes.find((one) => one.flow_file === settings.flow_file && one.flow_export === flow.export);
  if (same !== undefined || (settings.declared_in ?? null) === null) return same;
  const declared = namesakes.filter(
    (one) => one.declared_in === settings.declared_in && one.flow_name === flow.name && isGone(one),
  );
  return declared.length === 1 ? declared[0] : undefined;
}

function isGone({ flow_file }: StoredDeployment): boolean {
  try {
    sourceFile({ file: flow_file });
    return false;
  } catch {
    return true;
  }
}

/** Each schedule's own parameters are tried too. Without one, what is still missing may be given with the run. */
async function parameterProblems(
  modules: Modules,
  deployment: StoredDeployment,
  file: string,
  snapshot: string | undefined,
): Promise<readonly FieldProblem[]> {
  const { flow_export, parameters, schedules } = deployment;
  const ask = (given: StoredDeployment["parameters"]) => modules.validate(file, flow_export, given, snapshot);
  if (schedules.length === 0) {
    const problems = await ask(parameters);
    return problems.filter(({ path }) => isOf(path, parameters)).map((one) => at("parameters", one));
  }
  const found = new Map<string, FieldProblem>();
  for (const [place, schedule] of schedules.entries()) {
    for (const problem of await ask({ ...parameters, ...schedule.parameters })) {
      const where = isOf(problem.path, schedule.parameters) ? `schedules[${place}].parameters` : "parameters";
      const placed = at(where, problem);
      found.set(placed.path, placed);
    }
  }
  return [...found.values()];
}

function isOf(path: string, parameters: Readonly<Record<string, unknown>>): boolean {
  return path === "" || Object.hasOwn(parameters, /^[^.[]+/.exec(path)?.[0] ?? "");
}

function at(where: string, { path, message }: FieldProblem): FieldProblem {
  return { path: path === "" ? where : `${where}${path.startsWith("[") ? "" : "."}${path}`, message };
}
