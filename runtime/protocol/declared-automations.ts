/** millrace.json: automations as code, read into what one saves. Pure: texts in, objects out. */
import path from "node:path";
import { getNodeValue, type Node, parseTree } from "jsonc-parser";
import type { AutomationAction, AutomationSettings, AutomationTrigger } from "./automations.ts";
import {
  child,
  type DeclaredProblem,
  fits,
  flag,
  from,
  isObject,
  listOf,
  object,
  oneOf,
  placeOf,
  type Report,
  type Shape,
  text,
  textOrNull,
} from "./declared.ts";
import { tryParseDuration } from "./durations.ts";

export interface DeclaredAutomation {
  /** Its place in the list. */
  readonly index: number;
  /** Durations are read; `folder` is as it is written: relative to the file's folder. */
  readonly settings: Omit<AutomationSettings, "declared_in">;
  /** `"folder": null`: about the flows of every folder. */
  readonly everywhere: boolean;
}

export interface DeclaredAutomations {
  readonly automations: readonly DeclaredAutomation[];
  readonly problems: readonly DeclaredProblem[];
}

const duration = {
  is: (value: unknown) =>
    (typeof value === "string" || typeof value === "number") && (tryParseDuration(value) ?? 0) > 0,
  must: 'must be a duration such as "15m"',
};
const texts = listOf((value) => typeof value === "string" && value !== "", "must be a list of texts");
const anything = { is: () => true, must: "" };
const rate = {
  is: (value: unknown) => typeof value === "number" && value > 0 && value <= 1,
  must: "must be above 0 and at most 1 (0.5 is every second run)",
};

/** The schema beside it (schemas/millrace.schema.json) says the same to the editor; a test holds them together. */
export const automationShape: Shape = {
  name: { is: (value) => typeof value === "string" && value !== "", must: "must be a text" },
  description: textOrNull,
  enabled: flag,
  trigger: object,
  actions: listOf(isObject, "must be a list of actions, each with a type"),
};
const filterShape: Shape = { deployments: texts, flows: texts, tags: texts, folder: textOrNull };
const type = (name: string) => ({ type: oneOf(name) });
export const triggerShapes: Readonly<Record<AutomationTrigger["type"], Shape>> = {
  state: { ...type("state"), ...filterShape, states: texts },
  late: { ...type("late"), ...filterShape, after: duration },
  "long-running": { ...type("long-running"), ...filterShape, than: duration },
  silence: { ...type("silence"), ...filterShape, within: duration, states: texts },
  "failure-rate": { ...type("failure-rate"), ...filterShape, rate, within: duration, at_least: from(1) },
};
export const actionShapes: Readonly<Record<AutomationAction["type"], Shape>> = {
  slack: { ...type("slack"), block: text, message: text },
  email: { ...type("email"), block: text, to: texts, subject: text, message: text },
  webhook: { ...type("webhook"), block: text, url: text, payload: anything },
  notification: { ...type("notification"), level: oneOf("info", "warning", "error"), message: text },
  "run-deployment": { ...type("run-deployment"), deployment: text, parameters: object },
  "pause-deployment": { ...type("pause-deployment"), deployment: text },
  "cancel-run": { ...type("cancel-run") },
};
/** What must be there besides the type. */
const needed: Readonly<Record<string, readonly string[]>> = {
  state: ["states"],
  late: ["after"],
  "long-running": ["than"],
  silence: ["within"],
  "failure-rate": ["rate", "within"],
  slack: ["block"],
  email: ["block"],
  "run-deployment": ["deployment"],
};

export function readDeclaredAutomations(content: string): DeclaredAutomations {
  const root = parseTree(content, [], { allowTrailingComma: true });
  const problems: DeclaredProblem[] = [];
  const report: Report = (offset, at, message) =>
    void problems.push({ path: at, message, ...placeOf(content, offset) });
  const list = child(root, "automations");
  if (list === undefined) return { automations: [], problems };
  if (list.type !== "array") {
    report(list.offset, "automations", "must be a list");
    return { automations: [], problems };
  }
  const nodes = list.children ?? [];
  const automations = nodes.flatMap((node, index): DeclaredAutomation[] => {
    const read = readEntry(node, `automations[${index}]`, report);
    return read === undefined ? [] : [{ index, ...read }];
  });
  const seen = new Set<string>();
  for (const { index, settings } of automations) {
    const node = nodes[index];
    if (seen.has(settings.name) && node !== undefined) {
      report(node.offset, `automations[${index}].name`, `"${settings.name}" stands here twice`);
    }
    seen.add(settings.name);
  }
  return { automations, problems };
}

/** As it is saved: about the flows in the folder of the file, unless it says otherwise. */
export function automationSettings(
  file: string,
  { settings, everywhere }: Pick<DeclaredAutomation, "settings" | "everywhere">,
): AutomationSettings {
  const { trigger } = settings;
  const folder = path.resolve(path.dirname(file), trigger.folder ?? ".");
  return { ...settings, trigger: everywhere ? trigger : { ...trigger, folder }, declared_in: file };
}

interface EntryFields {
  readonly name: string;
  readonly description?: string | null;
  readonly enabled?: boolean;
}

function readEntry(node: Node, at: string, report: Report): Omit<DeclaredAutomation, "index"> | undefined {
  if (node.type !== "object") {
    report(node.offset, at, "must be an object with name, trigger and actions");
    return undefined;
  }
  const required = ["name", "trigger", "actions"].filter((field) => child(node, field) === undefined);
  for (const field of required) report(node.offset, `${at}.${field}`, "is missing");
  const isSound = fits<EntryFields>(node, automationShape, at, report);
  const value: unknown = getNodeValue(node);
  const trigger = readTrigger(child(node, "trigger"), `${at}.trigger`, report);
  const actions = (child(node, "actions")?.children ?? []).map((each, index) =>
    readTyped<AutomationAction>(each, actionShapes, `${at}.actions[${index}]`, report),
  );
  if (!isSound(value) || required.length > 0 || trigger === undefined || actions.includes(undefined)) return undefined;
  const { name, description, enabled } = value;
  const folder = child(child(node, "trigger"), "folder");
  return {
    everywhere: folder?.type === "null",
    settings: {
      name,
      trigger,
      actions: actions.filter((action) => action !== undefined),
      ...(description === undefined ? {} : { description }),
      ...(enabled === undefined ? {} : { enabled }),
    },
  };
}

function readTrigger(node: Node | undefined, at: string, report: Report): AutomationTrigger | undefined {
  if (node === undefined) return undefined;
  const trigger = readTyped<AutomationTrigger>(node, triggerShapes, at, report);
  if (trigger === undefined) return undefined;
  const durations = ["after", "than", "within"].flatMap((key): [string, number][] => {
    const written: unknown = child(node, key)?.value;
    const isDuration = typeof written === "string" || typeof written === "number";
    return isDuration ? [[key, (tryParseDuration(written) ?? 0) / 1000]] : [];
  });
  const { folder, ...rest } = trigger;
  return Object.assign(rest, typeof folder === "string" ? { folder } : {}, Object.fromEntries(durations));
}

/** What `type` says decides which fields there are. */
function readTyped<T extends object>(
  node: Node,
  shapes: Readonly<Record<string, Shape>>,
  at: string,
  report: Report,
): T | undefined {
  const named: unknown = child(node, "type")?.value;
  const shape = typeof named === "string" && Object.hasOwn(shapes, named) ? shapes[named] : undefined;
  if (shape === undefined) {
    const names = Object.keys(shapes).map((name) => `"${name}"`);
    report(child(node, "type")?.offset ?? node.offset, `${at}.type`, `must be one of ${names.join(", ")}`);
    return undefined;
  }
  const missing = (needed[String(named)] ?? []).filter((field) => child(node, field) === undefined);
  for (const field of missing) report(node.offset, `${at}.${field}`, "is missing");
  const isSound = fits<T>(node, shape, at, report);
  const value: unknown = getNodeValue(node);
  return isSound(value) && missing.length === 0 ? value : undefined;
}
