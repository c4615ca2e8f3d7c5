/** The routes of protocol/automations.ts. */
import type { Routes } from "../../protocol/api.ts";
import type { AutomationAction, AutomationSettings, AutomationTrigger } from "../../protocol/automations.ts";
import { didYouMean } from "../../protocol/near-names.ts";
import type { Orchestrator } from "../orchestrator.ts";
import { realPath } from "./real-paths.ts";
import { nothing, type Route, route } from "./router.ts";
import { type Check, flag, integer, list, nullable, object, oneOf, optional, record, text } from "./validate.ts";

const positive: Check<number> = (value, path) =>
  typeof value === "number" && value > 0 ? [] : [{ path, message: "must be a number above 0" }];
const anyText: Check<string> = (value, path) =>
  typeof value === "string" ? [] : [{ path, message: "must be a text" }];
const anything: Check<unknown> = () => [];

const filter = {
  deployments: optional(list(text)),
  flows: optional(list(text)),
  tags: optional(list(text)),
  folder: optional(text),
} as const;
type Trigger<Type extends AutomationTrigger["type"]> = Extract<AutomationTrigger, { type: Type }>;
const triggers: { readonly [Type in AutomationTrigger["type"]]: Check<Trigger<Type>> } = {
  state: object<Trigger<"state">>({ ...filter, type: oneOf(["state"]), states: list(text) }),
  late: object<Trigger<"late">>({ ...filter, type: oneOf(["late"]), after: positive }),
  "long-running": object<Trigger<"long-running">>({ ...filter, type: oneOf(["long-running"]), than: positive }),
  silence: object<Trigger<"silence">>({
    ...filter,
    type: oneOf(["silence"]),
    within: positive,
    states: optional(list(text)),
  }),
  "failure-rate": object<Trigger<"failure-rate">>({
    ...filter,
    type: oneOf(["failure-rate"]),
    rate: positive,
    within: positive,
    at_least: optional(integer(1, 1_000_000)),
  }),
};

type Action<Type extends AutomationAction["type"]> = Extract<AutomationAction, { type: Type }>;
const actions: { readonly [Type in AutomationAction["type"]]: Check<Action<Type>> } = {
  slack: object<Action<"slack">>({ type: oneOf(["slack"]), block: text, message: optional(anyText) }),
  email: object<Action<"email">>({
    type: oneOf(["email"]),
    block: text,
    to: optional(list(text)),
    subject: optional(anyText),
    message: optional(anyText),
  }),
  webhook: object<Action<"webhook">>({
    type: oneOf(["webhook"]),
    block: optional(text),
    url: optional(text),
    payload: anything,
  }),
  notification: object<Action<"notification">>({
    type: oneOf(["notification"]),
    level: optional(oneOf(["info", "warning", "error"])),
    message: optional(anyText),
  }),
  "run-deployment": object<Action<"run-deployment">>({
    type: oneOf(["run-deployment"]),
    deployment: text,
    parameters: optional(record(anything)),
  }),
  "pause-deployment": object<Action<"pause-deployment">>({
    type: oneOf(["pause-deployment"]),
    deployment: optional(text),
  }),
  "cancel-run": object<Action<"cancel-run">>({ type: oneOf(["cancel-run"]) }),
};

/** What `type` says decides which fields there are. */
function byType<T>(checks: Readonly<Record<string, Check<never>>>): Check<T> {
  return (value, path) => {
    const type: unknown = typeof value === "object" && value !== null ? Reflect.get(value, "type") : undefined;
    const check = typeof type === "string" && Object.hasOwn(checks, type) ? checks[type] : undefined;
    if (check !== undefined) return check(value, path);
    const names = Object.keys(checks);
    const near = typeof type === "string" ? didYouMean(type, names) : "";
    return [{ path: `${path}.type`, message: `must be one of ${names.join(", ")}.${near}` }];
  };
}

const settings = {
  name: text,
  description: nullable(anyText),
  enabled: optional(flag),
  trigger: byType<AutomationTrigger>(triggers),
  actions: list(byType<AutomationAction>(actions)),
  declared_in: nullable(text),
} as const;

export function automationRoutes({ automations, hooks, hookServer }: Orchestrator): readonly Route[] {
  return [
    route(
      "POST /api/automations",
      object<Routes["POST /api/automations"]["body"]>({
        ...settings,
        dry_run: optional(flag),
        with_deployments: optional(list(text)),
      }),
      ({ body: { dry_run = false, with_deployments = [], ...wanted } }) =>
        automations.save(real(wanted), dry_run, with_deployments),
    ),
    route("GET /api/automations", nothing, () => ({ automations: automations.list() })),
    route("GET /api/automations/:id", nothing, ({ params: { id = "" } }) => automations.get(id)),
    route("DELETE /api/automations/:id", nothing, async ({ params: { id = "" } }) => {
      await automations.remove(id);
      return {};
    }),
    route("POST /api/automations/:id/enabled", object({ enabled: flag }), ({ params: { id = "" }, body }) =>
      automations.enable(id, body.enabled),
    ),
    route("GET /api/automations/:id/deliveries", nothing, ({ params: { id = "" } }) => ({
      deliveries: automations.deliveries(id),
    })),
    route(
      "POST /api/automations/test",
      object<AutomationSettings & { readonly flow_run_id?: string }>({ ...settings, flow_run_id: optional(text) }),
      async ({ body: { flow_run_id, ...wanted } }) => ({
        deliveries: await automations.test(real(wanted), flow_run_id),
      }),
    ),
    route("GET /api/deployments/:id/hook", nothing, ({ params: { id = "" } }) => hooks.get(id)),
    route(
      "POST /api/deployments/:id/hook",
      object({ rotate: optional(flag), map: optional(record(text)), body_parameter: nullable(text) }),
      async ({ params: { id = "" }, body }) => {
        const { hook, secret } = await hooks.make(id, body);
        return { ...hook, url: hookServer.url(secret) };
      },
    ),
    route("DELETE /api/deployments/:id/hook", nothing, async ({ params: { id = "" } }) => {
      await hooks.remove(id);
      return {};
    }),
  ];
}

/** A folder as runs name their files. Of what else a body held nothing is kept. */
function real({ name, description, enabled, trigger, actions, declared_in }: AutomationSettings): AutomationSettings {
  const { folder } = trigger;
  return {
    name,
    trigger: folder === undefined ? trigger : { ...trigger, folder: realPath(folder) },
    actions,
    ...(description === undefined ? {} : { description }),
    ...(enabled === undefined ? {} : { enabled }),
    ...(declared_in === undefined ? {} : { declared_in }),
  };
}
