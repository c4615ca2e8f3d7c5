/**
 * Automations as they cross a process: what they wait for, what they do then, and what was delivered. Prefect's trigger
 * and actions in the words that people use for them; times are ISO 8601 UTC texts, durations seconds.
 */
import type { DeploymentChange } from "./deployments.ts";
import type { FieldProblem } from "./errors.ts";

/** All that is given must be so; a list means one of it, `tags` all of them. Nothing given: every run. */
export interface RunFilter {
  /** "flow/name", a name alone, or ids. */
  readonly deployments?: readonly string[];
  /** Names of flows. */
  readonly flows?: readonly string[];
  readonly tags?: readonly string[];
  /** Absolute path: the flow's file lies in it. */
  readonly folder?: string;
}

export type AutomationTrigger = RunFilter &
  (
    | {
        readonly type: "state";
        /** Types in capitals ("FAILED": its names too), or names ("TimedOut"). */
        readonly states: readonly string[];
      }
    /** Due for so long and not begun. */
    | { readonly type: "late"; readonly after: number }
    /** Going on for longer than that. */
    | { readonly type: "long-running"; readonly than: number }
    /** No run reached one of the states (COMPLETED when left out) for so long. */
    | { readonly type: "silence"; readonly within: number; readonly states?: readonly string[] }
    /** Of the runs that ended within the time, this part (0 to 1) failed or crashed, and at least so many had ended. */
    | { readonly type: "failure-rate"; readonly rate: number; readonly within: number; readonly at_least?: number }
  );

/** Texts are templates: "{{ flow_run.name }} is {{ flow_run.state_name }}". */
export type AutomationAction =
  /** A block, "slack-webhook/team" or its name alone. */
  | { readonly type: "slack"; readonly block: string; readonly message?: string }
  | {
      readonly type: "email";
      readonly block: string;
      /** In the place of the block's own receivers. */
      readonly to?: readonly string[];
      readonly subject?: string;
      readonly message?: string;
    }
  | {
      readonly type: "webhook";
      readonly block?: string;
      /** Everybody may read it: an address that is a secret belongs into a block. */
      readonly url?: string;
      /** What is sent as JSON; all that is known when left out. */
      readonly payload?: unknown;
    }
  | {
      readonly type: "notification";
      readonly level?: "info" | "warning" | "error";
      readonly message?: string;
    }
  | {
      readonly type: "run-deployment";
      readonly deployment: string;
      readonly parameters?: Readonly<Record<string, unknown>>;
    }
  /** Its own when left out. */
  | { readonly type: "pause-deployment"; readonly deployment?: string }
  | { readonly type: "cancel-run" };

export type ActionType = AutomationAction["type"];

/** What a person or a program says of an automation; the rest is defaults. */
export interface AutomationSettings {
  readonly name: string;
  readonly description?: string | null;
  readonly enabled?: boolean;
  readonly trigger: AutomationTrigger;
  readonly actions: readonly AutomationAction[];
  /** The millrace.json that declares it. */
  readonly declared_in?: string | null;
}

export interface Automation {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly enabled: boolean;
  readonly trigger: AutomationTrigger;
  readonly actions: readonly AutomationAction[];
  readonly declared_in: string | null;
  readonly created: string;
  readonly updated: string;
  /** What happened before is not its business: when it was made, turned on, or got another trigger. */
  readonly since: string;
  readonly last_fired: string | null;
}

export interface AutomationPlan {
  readonly kind: "new" | "unchanged" | "changed";
  readonly changes: readonly DeploymentChange[];
  /** What is wrong with the settings; nothing was saved then. */
  readonly problems: readonly FieldProblem[];
}

/**
 * "pending": it is tried, again and again up to a limit. "skipped": a test does not do it. "suppressed": it would have
 * begun a loop, or came too often.
 */
export type DeliveryState = "pending" | "delivered" | "failed" | "skipped" | "suppressed";

/** One action of one firing. */
export interface Delivery {
  readonly id: string;
  readonly automation_id: string;
  readonly automation_name: string;
  readonly action: ActionType;
  /** Block, host of the address, deployment or run. */
  readonly to: string;
  /** Why it fired, as a sentence. */
  readonly reason: string;
  readonly flow_run_id: string | null;
  /** What was said, for people; null where an action says nothing. */
  readonly text: string | null;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly created: string;
  readonly updated: string;
  readonly next_attempt: string | null;
  /** What the other side answered, or why it did not work. */
  readonly message: string | null;
}

/** What the editor shows for the action "notification". */
export interface EditorNotification {
  readonly delivery_id: string;
  readonly automation_name: string;
  readonly level: "info" | "warning" | "error";
  readonly text: string;
  readonly flow_run_id: string | null;
  readonly flow_file: string | null;
}

/** A deployment's address for other programs. The address itself is told once, when it is made. */
export interface DeploymentHook {
  readonly deployment_id: string;
  readonly created: string;
  readonly last_used: string | null;
  /** Parameter → place in the body, "pull_request.head.ref"; the body's own fields when empty. */
  readonly map: Readonly<Record<string, string>>;
  /** The parameter that gets the whole body. */
  readonly body_parameter: string | null;
  /** Why nobody can reach it now. */
  readonly problem: string | null;
}

export interface AutomationRoutes {
  /** The one of this name and file is changed, else a new one made. With `dry_run` what would be is told. */
  "POST /api/automations": {
    readonly body: AutomationSettings & {
      readonly dry_run?: boolean;
      /** "flow/name" of deployments that will be there: with `dry_run` they may be named already. */
      readonly with_deployments?: readonly string[];
    };
    readonly answer: { readonly automation: Automation | null; readonly plan: AutomationPlan };
  };
  "GET /api/automations": { readonly answer: { readonly automations: readonly Automation[] } };
  "GET /api/automations/:id": { readonly answer: Automation };
  "DELETE /api/automations/:id": { readonly answer: Record<string, never> };
  "POST /api/automations/:id/enabled": {
    readonly body: { readonly enabled: boolean };
    readonly answer: Automation;
  };
  /** Newest first. */
  "GET /api/automations/:id/deliveries": { readonly answer: { readonly deliveries: readonly Delivery[] } };
  /**
   * Sends its messages once, about a run (the newest that fits, else a made-up one); starts, pauses and cancels nothing.
   * It need not be saved.
   */
  "POST /api/automations/test": {
    readonly body: AutomationSettings & { readonly flow_run_id?: string };
    readonly answer: { readonly deliveries: readonly Delivery[] };
  };
  "GET /api/deployments/:id/hook": { readonly answer: DeploymentHook };
  /** @throws "conflict" when it has one already, unless `rotate`. */
  "POST /api/deployments/:id/hook": {
    readonly body: {
      readonly rotate?: boolean;
      readonly map?: Readonly<Record<string, string>>;
      readonly body_parameter?: string | null;
    };
    readonly answer: DeploymentHook & { readonly url: string };
  };
  "DELETE /api/deployments/:id/hook": { readonly answer: Record<string, never> };
}
