/** From what somebody says of an automation to the whole of it: what is wrong with it, and what it changes. Pure. */
import { isDeepStrictEqual } from "node:util";
import type {
  AutomationAction,
  AutomationPlan,
  AutomationSettings,
  AutomationTrigger,
} from "../../protocol/automations.ts";
import { blockKeyOf } from "../../protocol/block-uses.ts";
import type { FieldProblem } from "../../protocol/errors.ts";
import { didYouMean } from "../../protocol/near-names.ts";
import { stateNames, stateTypes } from "../../protocol/states.ts";
import { templateProblems, textsIn } from "../../protocol/templates.ts";
import type { StoredAutomation } from "./facts.ts";
import { isNamed, type NamedDeployment } from "./matches.ts";
import { isParameterName, namesFor } from "./messages.ts";

export interface Known {
  readonly hasBlock: (key: string) => boolean;
  readonly blocks: () => readonly string[];
  readonly deployments: () => readonly NamedDeployment[];
}

const allStates: readonly string[] = [...stateTypes, ...Object.values(stateNames).flat()];

export function automationProblems(settings: AutomationSettings, known: Known): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const { name, trigger, actions } = settings;
  if (name.trim() === "" || /[\n/]/.test(name)) problems.push({ path: "name", message: 'must be a text without "/"' });
  problems.push(...triggerProblems(trigger, known));
  if (actions.length === 0) problems.push({ path: "actions", message: "must have at least one action" });
  for (const [index, action] of actions.entries()) {
    problems.push(...actionProblems(action, trigger, known).map((one) => at(`actions[${index}]`, one)));
  }
  return problems;
}

function triggerProblems(trigger: AutomationTrigger, known: Known): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const positive = (field: string, value: number): void => {
    if (!(value > 0)) problems.push({ path: `trigger.${field}`, message: "must be longer than 0" });
  };
  const states = trigger.type === "state" || trigger.type === "silence" ? (trigger.states ?? ["COMPLETED"]) : [];
  if ((trigger.type === "state" || trigger.type === "silence") && states.length === 0) {
    problems.push({ path: "trigger.states", message: "must name at least one state" });
  }
  for (const [index, state] of states.entries()) {
    if (allStates.includes(state)) continue;
    const near = didYouMean(state, allStates) || ` There are ${allStates.join(", ")}.`;
    problems.push({ path: `trigger.states[${index}]`, message: `"${state}" is no state.${near}` });
  }
  if (trigger.type === "late") positive("after", trigger.after);
  if (trigger.type === "long-running") positive("than", trigger.than);
  if (trigger.type === "silence") positive("within", trigger.within);
  if (trigger.type === "failure-rate") {
    positive("within", trigger.within);
    if (!(trigger.rate > 0 && trigger.rate <= 1)) {
      problems.push({ path: "trigger.rate", message: "must be above 0 and at most 1 (0.5 is every second run)" });
    }
  }
  for (const [index, wanted] of (trigger.deployments ?? []).entries()) {
    const problem = deploymentProblem(wanted, known);
    if (problem !== undefined) problems.push({ path: `trigger.deployments[${index}]`, message: problem });
  }
  return problems;
}

function deploymentProblem(wanted: string, known: Known): string | undefined {
  const all = known.deployments();
  const found = all.filter((one) => isNamed(one, wanted));
  if (found.length === 1) return undefined;
  const names = all.map(({ flow_name, name }) => `${flow_name}/${name}`);
  if (found.length > 1) return `"${wanted}" is the name of ${found.length} deployments; write flow/name`;
  return `there is no deployment "${wanted}" in this home.${didYouMean(wanted, names)} Deploy it first.`;
}

function actionProblems(action: AutomationAction, trigger: AutomationTrigger, known: Known): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const aboutRun = trigger.type !== "silence";
  const block = (reference: string, slug: string): void => {
    const key = blockKeyOf(reference, slug);
    if (known.hasBlock(key)) return;
    const near = didYouMean(key, known.blocks());
    problems.push({
      path: "block",
      message: `there is no block ${key} in this home.${near} Save it: millrace blocks save ${key}`,
    });
  };
  switch (action.type) {
    case "slack":
      block(action.block, "slack-webhook");
      break;
    case "email":
      block(action.block, "email");
      break;
    case "webhook":
      if ((action.block === undefined) === (action.url === undefined)) {
        problems.push({ path: "", message: "must have either block or url" });
      } else if (action.block !== undefined) block(action.block, "webhook");
      else if (!/^https?:$/.test(URL.parse(action.url ?? "")?.protocol ?? "")) {
        problems.push({ path: "url", message: "must be an address that begins with https:// or http://" });
      }
      break;
    case "run-deployment": {
      const problem = deploymentProblem(action.deployment, known);
      if (problem !== undefined) problems.push({ path: "deployment", message: problem });
      break;
    }
    case "pause-deployment": {
      const problem = action.deployment === undefined ? undefined : deploymentProblem(action.deployment, known);
      if (problem !== undefined) problems.push({ path: "deployment", message: problem });
      if (action.deployment === undefined && !aboutRun) {
        problems.push({ path: "deployment", message: "is missing: silence is no run's, so there is none of its own" });
      }
      break;
    }
    case "cancel-run":
      if (!aboutRun) problems.push({ path: "type", message: "silence is no run's: there is none to cancel" });
      break;
    default:
  }
  const { type: _type, ...texts } = action;
  for (const { path, text } of textsIn(texts, "")) {
    const wrong = templateProblems(text, namesFor(aboutRun), (name) => aboutRun && isParameterName(name));
    problems.push(...wrong.map((message) => ({ path, message })));
  }
  return problems;
}

function at(where: string, { path, message }: FieldProblem): FieldProblem {
  return { path: path === "" ? where : `${where}.${path}`, message };
}

/** A switch that a person turned stays, unless the settings say otherwise. */
export function wholeAutomation(
  settings: AutomationSettings,
  { before, now, newId }: { readonly before: StoredAutomation | undefined; now: string; readonly newId: () => string },
): StoredAutomation {
  const { name, description = null, trigger, actions, declared_in = null } = settings;
  const enabled = settings.enabled ?? before?.enabled ?? true;
  const begins =
    before === undefined || !isDeepStrictEqual(before.trigger, trigger) || (enabled && before.enabled === false);
  return {
    id: before?.id ?? newId(),
    name,
    description,
    enabled,
    trigger,
    actions,
    declared_in,
    created: before?.created ?? now,
    updated: now,
    since: begins ? now : before.since,
  };
}

export function planOf(before: StoredAutomation | undefined, after: StoredAutomation): AutomationPlan {
  if (before === undefined) return { kind: "new", changes: [], problems: [] };
  const fields = ["description", "enabled", "trigger", "actions"] as const;
  const changes = fields.flatMap((field) =>
    isDeepStrictEqual(before[field], after[field])
      ? []
      : [{ path: field, before: before[field] ?? null, after: after[field] ?? null }],
  );
  return { kind: changes.length === 0 ? "unchanged" : "changed", changes, problems: [] };
}
