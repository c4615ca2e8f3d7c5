/** Whether what a page says has the form that was agreed: a page is a window of ours, but not one of our processes. Pure. */
import { MillraceError } from "../../runtime/protocol/errors.ts";

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === "string";
const isFlag: Check = (value) => typeof value === "boolean";
/** Lines and columns count from 1. */
const isPlace: Check = (value) => Number.isInteger(value) && Number(value) > 0;
/** Ids become parts of addresses and paths. */
const isId: Check = (value) => typeof value === "string" && /^[\w-]+$/.test(value);
const isRecord: Check = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const isTarget: Check = (value) =>
  isRecord(value) &&
  isText(field(value, "uri")) &&
  isText(field(value, "name")) &&
  (field(value, "export") === null || isText(field(value, "export")));

/** A draft that a page makes up must not become another block, or none. */
const isDraft: Check = (value) =>
  isRecord(value) &&
  isId(field(value, "slug")) &&
  isText(field(value, "name")) &&
  isRecord(field(value, "data")) &&
  isTexts(field(value, "secrets")) &&
  (field(value, "version") === null || Number.isInteger(field(value, "version")));
const isTexts: Check = (value) => isRecord(value) && Object.values(value ?? {}).every(isText);

/** What is in it is the service's to check. */
const isSettings: Check = (value) => isRecord(value) && isText(field(value, "name"));

/** By name: a field means the same in every call. Others (a pause's answer) are the service's to check. */
const checks: Readonly<Record<string, Check>> = {
  run_id: isId,
  task_run_id: isId,
  flow_run_id: (value) => value === "*" || isId(value),
  file: isText,
  url: isText,
  text: isText,
  what: isText,
  command: isText,
  pause_key: isText,
  flow_file: isText,
  flow_export: isText,
  flow_name: isText,
  backfill_id: isId,
  line: isPlace,
  column: isPlace,
  beside: isFlag,
  reveal: isFlag,
  debug: isFlag,
  open: isFlag,
  on: isFlag,
  target: isTarget,
  parameters: isRecord,
  options: isRecord,
  slug: isId,
  name: isText,
  force: isFlag,
  draft: (value) => value === null || isDraft(value),
  deployment_id: isId,
  settings: isSettings,
  base: (value) => value === null || isSettings(value),
  declare: isFlag,
  apply: isFlag,
  ask: isFlag,
  version: isPlace,
  typed: (value) => value === null || isRecord(value),
};

/** Calls and what they cannot do without; calls that take a target itself are below. */
const needed: Readonly<Record<string, readonly string[]>> = {
  openSource: ["file"],
  startRun: ["target", "parameters"],
  cancelRun: ["run_id"],
  resumeRun: ["run_id", "options"],
  continueRun: ["run_id"],
  runAgain: ["run_id"],
  rerunTask: ["run_id", "task_run_id"],
  forgetResult: ["run_id", "task_run_id"],
  deleteRun: ["run_id"],
  openRun: ["run_id"],
  openLogDocument: ["run_id"],
  openFile: ["file"],
  openExternal: ["url"],
  copy: ["text", "what"],
  copyLink: ["run_id"],
  copyCommand: ["run_id"],
  notifyWhenDone: ["run_id", "on"],
  command: ["command"],
  follow: ["flow_run_id"],
  unfollow: ["flow_run_id"],
  keepDraft: ["draft"],
  saveBlock: ["draft"],
  createBlock: ["draft"],
  testBlock: ["draft"],
  blockUsers: ["slug", "name"],
  openBlock: ["slug"],
  renameBlock: ["slug", "name"],
  duplicateBlock: ["slug", "name"],
  deleteBlock: ["slug", "name"],
  insertBlockSnippet: ["slug", "name"],
  planDeployment: ["settings", "declare"],
  compareDeployment: ["settings", "declare"],
  saveDeployment: ["settings", "declare", "apply", "base"],
  keepDeployDraft: ["typed"],
  restoreDeployment: ["deployment_id", "version"],
  openDeployment: ["deployment_id"],
  switchSchedules: ["deployment_id", "on"],
  runDeployment: ["deployment_id"],
  deleteDeployment: ["deployment_id"],
  cancelBackfill: ["backfill_id"],
};
/** Only what is kept may be nothing. */
const needsDraft: ReadonlySet<string> = new Set(["saveBlock", "createBlock", "testBlock"]);
const takesTarget: ReadonlySet<string> = new Set(["openGraph", "staticGraph"]);

/** @throws MillraceError "bad-usage" that names the field. */
export function checkHostInput(name: string, input: unknown): void {
  const refuse = (what: string): never => {
    throw new MillraceError("bad-usage", `A page asked for ${name} with a ${what} that cannot be.`);
  };
  if (!isRecord(input) || (takesTarget.has(name) && !isTarget(input))) refuse("input");
  if (needsDraft.has(name) && !isDraft(field(input, "draft"))) refuse("draft");
  for (const key of needed[name] ?? []) if (field(input, key) === undefined) refuse(key);
  for (const [key, check] of Object.entries(checks)) {
    const value = field(input, key);
    if (value !== undefined && !check(value)) refuse(key);
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}
