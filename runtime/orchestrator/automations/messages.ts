/** What the actions of a firing say and do: the names that templates may use, and the texts with their values. Pure. */

import type { FlowRun } from "../../protocol/api.ts";
import type { AutomationAction } from "../../protocol/automations.ts";
import { blockKeyOf } from "../../protocol/block-uses.ts";
import { formatDuration } from "../../protocol/durations.ts";
import { renderText, renderValue, type TemplateValues } from "../../protocol/templates.ts";
import type { DeliveryContent } from "./facts.ts";
import type { NamedDeployment } from "./matches.ts";

export interface Firing {
  readonly automation: { readonly id: string; readonly name: string };
  /** A sentence. */
  readonly reason: string;
  /** Undefined where the trigger is about no run. */
  readonly run: FlowRun | undefined;
  readonly deployment: NamedDeployment | undefined;
  readonly at: number;
}

/** Names of every trigger, and those of triggers that are about a run. */
const plainNames = ["automation.name", "reason", "time"] as const;
const runNames = [
  "flow.name",
  "flow_run.id",
  "flow_run.name",
  "flow_run.state_type",
  "flow_run.state_name",
  "flow_run.state_message",
  "flow_run.start_time",
  "flow_run.end_time",
  "flow_run.duration",
  "flow_run.run_count",
  "flow_run.tags",
  "flow_run.file",
  "flow_run.parameters",
  "deployment.name",
  "error.name",
  "error.message",
] as const;

export const namesFor = (aboutRun: boolean): readonly string[] =>
  aboutRun ? [...plainNames, ...runNames] : [...plainNames];
export const isParameterName = (name: string): boolean => /^flow_run\.parameters\.[\w-]+$/.test(name);

export function valuesOf({ automation, reason, run, deployment, at }: Firing): TemplateValues {
  const plain: [string, unknown][] = [
    ["automation.name", automation.name],
    ["reason", reason],
    ["time", new Date(at).toISOString()],
  ];
  if (run === undefined) return new Map(plain);
  const taken = durationOf(run, at);
  const parameters = Object.entries(run.parameters).map(([name, value]) => [`flow_run.parameters.${name}`, value]);
  const own: [string, unknown][] = [
    ["flow.name", run.flow_name],
    ["flow_run.id", run.id],
    ["flow_run.name", run.name],
    ["flow_run.state_type", run.state_type],
    ["flow_run.state_name", run.state_name],
    ["flow_run.state_message", run.state.message],
    ["flow_run.start_time", run.start_time],
    ["flow_run.end_time", run.end_time],
    ["flow_run.duration", taken],
    ["flow_run.run_count", run.run_count],
    ["flow_run.tags", run.tags.join(", ")],
    ["flow_run.file", run.flow_file],
    ["flow_run.parameters", run.parameters],
    ["deployment.name", deployment === undefined ? null : `${deployment.flow_name}/${deployment.name}`],
    ["error.name", run.error?.name],
    ["error.message", run.error?.message],
  ];
  return new Map([...plain, ...own, ...parameters.map(([name, value]): [string, unknown] => [String(name), value])]);
}

function durationOf({ start_time, end_time }: FlowRun, now: number): string | null {
  if (start_time === null) return null;
  return formatDuration((end_time === null ? now : Date.parse(end_time)) - Date.parse(start_time));
}

/** What is sent where nobody has written a message. */
function usual({ reason, run, automation }: Firing): string {
  if (run === undefined) return `${automation.name}: ${reason}`;
  const error = run.error === null ? "" : `\n${run.error.name}: ${run.error.message}`;
  return `${run.flow_name} (${run.name}): ${reason}${error}`;
}

/** All that is known, for programs. */
export function usualPayload(firing: Firing, deliveryId: string): unknown {
  const { automation, reason, run, deployment, at } = firing;
  return {
    id: deliveryId,
    automation,
    reason,
    time: new Date(at).toISOString(),
    flow_run:
      run === undefined
        ? null
        : {
            id: run.id,
            name: run.name,
            flow_name: run.flow_name,
            state_type: run.state_type,
            state_name: run.state_name,
            message: run.state.message,
            start_time: run.start_time,
            end_time: run.end_time,
            parameters: run.parameters,
            tags: run.tags,
            error: run.error === null ? null : { name: run.error.name, message: run.error.message },
          },
    deployment: deployment === undefined ? null : { id: deployment.id, name: deployment.name },
  };
}

/** Undefined where the action has nothing to act on: a run of no deployment cannot pause one. */
export function contentOf(
  action: AutomationAction,
  firing: Firing,
  { id, chain }: { readonly id: string; readonly chain: readonly string[] },
): DeliveryContent | undefined {
  const values = valuesOf(firing);
  const said = (text: string | undefined, mend = (value: string) => value): string =>
    text === undefined ? mend(usual(firing)) : renderText(text, values, mend);
  const { run } = firing;
  switch (action.type) {
    case "slack":
      return { type: "slack", block: blockKeyOf(action.block, "slack-webhook"), text: said(action.message, forSlack) };
    case "email": {
      // A header of a mail is one line.
      const subject = said(action.subject ?? "{{ automation.name }}: {{ reason }}").replaceAll(/\s*\n\s*/g, " ");
      const block = blockKeyOf(action.block, "email");
      const to = action.to?.map((each) => renderText(each, values));
      return { type: "email", block, ...(to === undefined ? {} : { to }), subject, text: said(action.message) };
    }
    case "webhook": {
      const payload = action.payload === undefined ? usualPayload(firing, id) : renderValue(action.payload, values);
      const { block, url } = action;
      return {
        type: "webhook",
        payload,
        ...(block === undefined ? {} : { block: blockKeyOf(block, "webhook") }),
        ...(url === undefined ? {} : { url }),
      };
    }
    case "notification": {
      const level = action.level ?? levelOf(run);
      return { type: "notification", level, text: said(action.message), flow_file: run?.flow_file ?? null };
    }
    case "run-deployment": {
      const parameters: [string, unknown][] = Object.entries(action.parameters ?? {}).map(([name, value]) => [
        name,
        renderValue(value, values),
      ]);
      return {
        type: "run-deployment",
        deployment: action.deployment,
        parameters: Object.fromEntries(parameters),
        chain: [...chain, firing.automation.id],
      };
    }
    case "pause-deployment": {
      const deployment = action.deployment ?? firing.deployment?.id;
      return deployment === undefined ? undefined : { type: "pause-deployment", deployment };
    }
    case "cancel-run":
      return run === undefined ? undefined : { type: "cancel-run", flow_run_id: run.id };
  }
}

/** Slack's own markup is the message's; what a run has thrown must not call the whole channel. */
function forSlack(value: string): string {
  return value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function levelOf(run: FlowRun | undefined): "info" | "warning" | "error" {
  if (run === undefined) return "warning";
  if (run.state_type === "FAILED" || run.state_type === "CRASHED") return "error";
  return run.state_type === "COMPLETED" ? "info" : "warning";
}

/** To whom, for people; of an address its host, because its path may be a secret. */
export function receiverOf(content: DeliveryContent): string {
  switch (content.type) {
    case "slack":
      return content.block;
    case "email":
      return content.to === undefined ? content.block : `${content.block} (${content.to.join(", ")})`;
    case "webhook":
      return content.block ?? URL.parse(content.url ?? "")?.host ?? "";
    case "notification":
      return "the editor";
    case "run-deployment":
    case "pause-deployment":
      return content.deployment;
    case "cancel-run":
      return content.flow_run_id;
  }
}

export function textOf(content: DeliveryContent): string | null {
  if (content.type === "slack" || content.type === "notification") return content.text;
  if (content.type === "email") return `${content.subject}\n\n${content.text}`;
  return content.type === "webhook" ? JSON.stringify(content.payload) : null;
}
