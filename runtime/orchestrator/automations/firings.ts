/** From what has to be fired to records: each action becomes a delivery, or says why it is none. Pure. */
import { newId } from "../../protocol/ids.ts";
import type { DeliveryContent, StoredDelivery } from "./facts.ts";
import { chainOf, type FindDeployment } from "./matches.ts";
import { contentOf, type Firing, receiverOf, textOf } from "./messages.ts";
import type { Hit } from "./watch.ts";

/** Automations that started each other one after the other, at most. */
export const deepestChain = 5;
/** Firings of one automation within a minute; what comes beyond is held back. */
export const mostPerMinute = 30;

export interface FiringOptions {
  readonly now: number;
  readonly deployment: FindDeployment;
  /** How often it has fired within the last minute. */
  readonly recent: number;
  readonly test?: boolean;
}

export function deliveriesOf({ automation, reason, run }: Hit, options: FiringOptions): StoredDelivery[] {
  const { now, recent, test = false } = options;
  const deployment = run?.deployment_id == null ? undefined : options.deployment(run.deployment_id);
  const chain = run === undefined ? [] : chainOf(run);
  const why = test ? `Test: ${reason}` : reason;
  const firing: Firing = {
    automation: { id: automation.id, name: automation.name },
    reason: why,
    run,
    deployment,
    at: now,
  };
  if (recent >= mostPerMinute) {
    // One line in the list tells of all that is held back in this minute.
    if (recent > mostPerMinute) return [];
    const message = `It fired ${mostPerMinute} times within a minute; what comes beyond in that minute is left out.`;
    const [action] = automation.actions;
    const content = action === undefined ? undefined : contentOf(action, firing, { id: newId(now), chain });
    return content === undefined ? [] : [ended(firing, content, "suppressed", message)];
  }
  return automation.actions.flatMap((action): StoredDelivery[] => {
    const id = newId(now);
    const content = contentOf(action, firing, { id, chain });
    if (content === undefined) return [];
    if (content.type === "run-deployment" && content.chain.length > deepestChain) {
      const message = `${deepestChain} automations have started each other already: this looks like a loop.`;
      return [ended(firing, content, "suppressed", message)];
    }
    const isMessage = ["slack", "email", "webhook", "notification"].includes(content.type);
    if (test && !isMessage) return [ended(firing, content, "skipped", "A test starts, pauses and cancels nothing.")];
    return [{ ...whole(firing, content), id, state: "pending", next_attempt: now }];
  });
}

function ended(firing: Firing, content: DeliveryContent, state: StoredDelivery["state"], message: string) {
  return { ...whole(firing, content), id: newId(firing.at), state, message };
}

function whole(firing: Firing, content: DeliveryContent): Omit<StoredDelivery, "id" | "state"> {
  const { automation, reason, run, at } = firing;
  return {
    automation_id: automation.id,
    automation_name: automation.name,
    action: content.type,
    to: receiverOf(content),
    reason,
    flow_run_id: run?.id ?? null,
    text: textOf(content),
    attempts: 0,
    created: at,
    updated: at,
    next_attempt: null,
    message: null,
    content,
  };
}
