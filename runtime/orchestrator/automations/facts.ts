/** What the system journal keeps of automations and hooks: what there is, what has fired, what has to be delivered yet. */
import type { Automation, Delivery } from "../../protocol/automations.ts";

export type StoredAutomation = Omit<Automation, "last_fired">;

/** What one action does, with every name in its texts filled in. */
export type DeliveryContent =
  | { readonly type: "slack"; readonly block: string; readonly text: string }
  | {
      readonly type: "email";
      readonly block: string;
      readonly to?: readonly string[];
      readonly subject: string;
      readonly text: string;
    }
  | { readonly type: "webhook"; readonly block?: string; readonly url?: string; readonly payload: unknown }
  | {
      readonly type: "notification";
      readonly level: "info" | "warning" | "error";
      readonly text: string;
      readonly flow_file: string | null;
    }
  | {
      readonly type: "run-deployment";
      readonly deployment: string;
      readonly parameters: Readonly<Record<string, unknown>>;
      /** The automations that led to it, the first one first. */
      readonly chain: readonly string[];
    }
  | { readonly type: "pause-deployment"; readonly deployment: string }
  | { readonly type: "cancel-run"; readonly flow_run_id: string };

/** Times are milliseconds. */
export interface StoredDelivery extends Omit<Delivery, "created" | "updated" | "next_attempt"> {
  readonly created: number;
  readonly updated: number;
  readonly next_attempt: number | null;
  readonly content: DeliveryContent;
}

export interface StoredHook {
  readonly deployment_id: string;
  /** SHA-256 of the secret in the address, in hex. */
  readonly hash: string;
  readonly created: string;
  readonly map: Readonly<Record<string, string>>;
  readonly body_parameter: string | null;
}

export type AutomationRecord =
  | { readonly kind: "automation"; readonly automation: StoredAutomation }
  | { readonly kind: "automation-removed"; readonly id: string }
  /** It fired for the key, once and for all; its deliveries are owed from now on. */
  | {
      readonly kind: "automation-fired";
      readonly id: string;
      readonly key: string;
      readonly at: number;
      readonly deliveries: readonly StoredDelivery[];
    }
  /** Keys without their deliveries: what an epoch begins with. */
  | {
      readonly kind: "automation-keys";
      readonly id: string;
      readonly keys: readonly (readonly [string, number])[];
    }
  /** It may fire for the key again: a rate has fallen. */
  | { readonly kind: "automation-calm"; readonly id: string; readonly key: string }
  | { readonly kind: "delivery"; readonly delivery: StoredDelivery }
  /** All that happened up to this time was looked at. */
  | { readonly kind: "automations-watched"; readonly until: number }
  | { readonly kind: "hook"; readonly hook: StoredHook }
  | { readonly kind: "hook-removed"; readonly deployment_id: string }
  | { readonly kind: "hooks-port"; readonly port: number };

export interface AutomationFacts {
  readonly automations: Map<string, StoredAutomation>;
  /** By automation: key → when. */
  readonly fired: Map<string, Map<string, number>>;
  /** In the order they came. */
  readonly deliveries: Map<string, StoredDelivery>;
  readonly hooks: Map<string, StoredHook>;
  readonly last: { watched: number; hooksPort: number | undefined };
}

export function noAutomationFacts(): AutomationFacts {
  return {
    automations: new Map(),
    fired: new Map(),
    deliveries: new Map(),
    hooks: new Map(),
    last: { watched: 0, hooksPort: undefined },
  };
}

/** Deliveries of one automation that are kept once they are done with; older ones are forgotten. */
export const mostDeliveries = 100;
/** Keys of one automation. What is forgotten is far behind what is looked at again after a start. */
const mostKeys = 20_000;

const kinds: Readonly<Record<AutomationRecord["kind"], true>> = {
  automation: true,
  "automation-removed": true,
  "automation-fired": true,
  "automation-keys": true,
  "automation-calm": true,
  delivery: true,
  "automations-watched": true,
  hook: true,
  "hook-removed": true,
  "hooks-port": true,
};

export function isAutomationRecord(record: { readonly kind: string }): record is AutomationRecord {
  return Object.hasOwn(kinds, record.kind);
}

export function applyAutomationRecord(facts: AutomationFacts, record: AutomationRecord): void {
  const { automations, fired, deliveries, hooks, last } = facts;
  switch (record.kind) {
    case "automation":
      automations.set(record.automation.id, record.automation);
      return;
    case "automation-removed":
      automations.delete(record.id);
      fired.delete(record.id);
      for (const { id, automation_id } of [...deliveries.values()]) {
        if (automation_id === record.id) deliveries.delete(id);
      }
      return;
    case "automation-fired":
      keysOf(fired, record.id).set(record.key, record.at);
      for (const delivery of record.deliveries) deliveries.set(delivery.id, delivery);
      forget(facts, record.id);
      return;
    case "automation-keys":
      for (const [key, at] of record.keys) keysOf(fired, record.id).set(key, at);
      return;
    case "automation-calm":
      fired.get(record.id)?.delete(record.key);
      return;
    case "delivery":
      deliveries.set(record.delivery.id, record.delivery);
      forget(facts, record.delivery.automation_id);
      return;
    case "automations-watched":
      last.watched = record.until;
      return;
    case "hook":
      hooks.set(record.hook.deployment_id, record.hook);
      return;
    case "hook-removed":
      hooks.delete(record.deployment_id);
      return;
    case "hooks-port":
      last.hooksPort = record.port;
  }
}

/** The records that give the facts again. */
export function automationRecords({
  automations,
  fired,
  deliveries,
  hooks,
  last,
}: AutomationFacts): AutomationRecord[] {
  return [
    ...[...automations.values()].map((automation) => ({ kind: "automation", automation }) as const),
    ...[...fired].map(([id, keys]) => ({ kind: "automation-keys", id, keys: [...keys] }) as const),
    ...[...deliveries.values()].map((delivery) => ({ kind: "delivery", delivery }) as const),
    ...(last.watched === 0 ? [] : [{ kind: "automations-watched", until: last.watched } as const]),
    ...[...hooks.values()].map((hook) => ({ kind: "hook", hook }) as const),
    ...(last.hooksPort === undefined ? [] : [{ kind: "hooks-port", port: last.hooksPort } as const]),
  ];
}

function keysOf(fired: AutomationFacts["fired"], id: string): Map<string, number> {
  const known = fired.get(id) ?? new Map<string, number>();
  fired.set(id, known);
  return known;
}

function forget({ fired, deliveries }: AutomationFacts, id: string): void {
  const keys = keysOf(fired, id);
  for (const key of keys.keys()) {
    if (keys.size <= mostKeys) break;
    keys.delete(key);
  }
  const done = [...deliveries.values()].filter((one) => one.automation_id === id && one.state !== "pending");
  for (const old of done.slice(0, Math.max(0, done.length - mostDeliveries))) deliveries.delete(old.id);
}
