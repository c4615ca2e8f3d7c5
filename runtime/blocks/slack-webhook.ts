import { MillraceError, toError } from "../protocol/errors.ts";
import { defineBlock } from "./define.ts";
import { callHttp, labelOf } from "./http-call.ts";
import { reachServer, serverOf } from "./network.ts";
import { secret } from "./secret-text.ts";
import type { TestSteps } from "./test-steps.ts";

/**
 * A channel of Slack, or of whatever takes the same messages (Mattermost, Rocket.Chat).
 *
 * ```ts
 * await (await SlackWebhook.load("data-team")).notify("The month is loaded.");
 * ```
 */
export class SlackWebhook extends defineBlock({
  slug: "slack-webhook",
  title: "Slack Webhook",
  description: "A channel of Slack that messages are sent to, by an incoming webhook.",
  category: "Notifications",
  logo: "slack-webhook",
  schema: (z) =>
    z.object({
      url: secret(z).describe(
        "The webhook's address, https://hooks.slack.com/services/…. Whoever has it can write to the channel.",
      ),
    }),
}) {
  /** Sends a message; Slack's own markup works in it. @throws MillraceError "task-failed" when it was not taken. */
  async notify(text: string): Promise<void> {
    try {
      await callHttp({
        label: labelOf(this, "SlackWebhook"),
        url: this.#address().href,
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ text }),
        timeout: 10_000,
      });
    } catch (thrown) {
      const error = toError(thrown);
      const hint = hints.find(([word]) => error.message.includes(word))?.[1];
      if (hint === undefined) throw error;
      throw new MillraceError("task-failed", `${error.message}. ${hint}`, { cause: thrown });
    }
  }

  #address(): URL {
    const address = URL.parse(this.settings.url.get());
    if (address !== null && /^https?:$/.test(address.protocol)) return address;
    throw new MillraceError(
      "bad-parameters",
      `${labelOf(this, "SlackWebhook")}: url: must be an address that begins with https://`,
      { fields: [{ path: "url", message: "must be an address that begins with https://" }] },
    );
  }

  /** Only connects: Slack has no way to ask about a webhook without writing to its channel. */
  override async test(steps: TestSteps): Promise<void> {
    await steps.step("address", () => void this.#address());
    await reachServer(steps, serverOf(this.#address()));
    steps.skip("message", "nothing was sent: a message would appear in the channel");
  }
}

/** What Slack says, and what to do about it. */
const hints: readonly (readonly [string, string])[] = [
  ["no_service", "The webhook was switched off or removed: make a new one in Slack and save it"],
  ["invalid_token", "The address is not complete: copy it from Slack once more"],
  ["channel_is_archived", "The channel is archived: choose another one for the webhook"],
  ["action_prohibited", "A rule of the workspace forbids it: ask who administers it"],
];
