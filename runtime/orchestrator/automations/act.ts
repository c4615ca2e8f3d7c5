/** Doing what an action says, once. Blocks speak in processes of their own: no code of a user's runs in this one. */
import type { BlockMessage } from "../../protocol/blocks.ts";
import { MillraceError } from "../../protocol/errors.ts";
import type { Blocks } from "../blocks/blocks.ts";
import type { Deployments } from "../deployments/deployments.ts";
import type { Events } from "../events.ts";
import type { Cancels } from "../runs/cancels.ts";
import type { DeliveryContent, StoredDelivery } from "./facts.ts";
import { chainTrigger } from "./matches.ts";

export interface ActOptions {
  readonly blocks: Pick<Blocks, "say">;
  readonly deployments: Pick<Deployments, "run" | "pause">;
  readonly cancels: Pick<Cancels, "cancel">;
  readonly events: Pick<Events, "publish">;
  /** Clients that follow the events: editors. */
  readonly followers: () => number;
  /** "flow/name", a name alone, or an id → id. @throws MillraceError "not-found" */
  readonly deploymentId: (named: string) => string;
}

export function createAct(options: ActOptions): (delivery: StoredDelivery) => Promise<string> {
  const { blocks, deployments, cancels, events, followers, deploymentId } = options;
  return async (delivery) => {
    const { content, id, automation_name, flow_run_id } = delivery;
    switch (content.type) {
      case "slack":
      case "email":
        return blocks.say(blockOf(content.block), messageOf(content));
      case "webhook": {
        const target = content.block === undefined ? { url: content.url ?? "" } : blockOf(content.block);
        return blocks.say(target, messageOf(content));
      }
      case "notification": {
        const count = followers();
        if (count === 0) throw new MillraceError("not-answering", "No editor is open that could show it.");
        const { level, text, flow_file } = content;
        const notification = { delivery_id: id, automation_name, level, text, flow_run_id, flow_file };
        events.publish({ type: "notification", notification });
        return "shown in the editor";
      }
      case "run-deployment": {
        const { parameters, chain } = content;
        const body = { parameters, idempotency_key: `automation ${id}` };
        const run = await deployments.run(deploymentId(content.deployment), body, chainTrigger(chain));
        return `started the run ${run}`;
      }
      case "pause-deployment":
        await deployments.pause(deploymentId(content.deployment), true);
        return "paused";
      case "cancel-run":
        await cancels.cancel(content.flow_run_id, `Cancelled by the automation "${automation_name}".`, undefined);
        return "cancelled";
    }
  };
}

function blockOf(key: string): { readonly slug: string; readonly name: string } {
  const at = key.indexOf("/");
  return { slug: key.slice(0, at), name: key.slice(at + 1) };
}

function messageOf(content: Extract<DeliveryContent, { type: "slack" | "email" | "webhook" }>): BlockMessage {
  if (content.type === "slack") return { type: "slack", text: content.text };
  if (content.type === "webhook") return { type: "webhook", payload: content.payload };
  const { subject, text, to } = content;
  return { type: "email", subject, text, ...(to === undefined ? {} : { to }) };
}
