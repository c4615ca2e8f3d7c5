import { caCertificate } from "./ca-certificate.ts";
import { defineBlock } from "./define.ts";
import { callHttp, labelOf } from "./http-call.ts";
import { reachServer, serverOf } from "./network.ts";
import { secret } from "./secret-text.ts";
import type { TestSteps } from "./test-steps.ts";

export interface WebhookAnswer {
  readonly status: number;
  /** The body as text. */
  readonly text: string;
}

/**
 * An address that is called with a payload as JSON.
 *
 * ```ts
 * await (await Webhook.load("orders")).call({ done: true });
 * ```
 */
export class Webhook extends defineBlock({
  slug: "webhook",
  title: "Webhook",
  description: "An HTTP address that is called with JSON, with headers that may be secret.",
  category: "Notifications",
  logo: "webhook",
  schema: (z) =>
    z.object({
      url: z.url({ protocol: /^https?$/ }).describe("Address, beginning with https:// or http://."),
      method: z.enum(["POST", "PUT", "PATCH", "GET", "DELETE"]).default("POST"),
      headers: z.record(z.string(), z.string()).default({}).describe("Headers that everybody may see."),
      secretHeaders: z
        .record(z.string(), secret(z))
        .default({})
        .describe('Headers with secrets, as "authorization": "Bearer …".'),
      username: z.string().optional().describe("For basic authentication."),
      password: secret(z).optional().describe("For basic authentication."),
      timeout: z.number().positive().max(600).default(10).describe("Seconds until an answer is given up."),
      caCertificate: caCertificate(z),
    }),
}) {
  /** Sends the payload as JSON; GET and DELETE have none. @throws MillraceError "task-failed" unless the answer is 2xx. */
  async call(payload: unknown = {}): Promise<WebhookAnswer> {
    const { url, method, timeout, caCertificate } = this.settings;
    const bare = method === "GET" || method === "DELETE";
    return callHttp({
      label: labelOf(this, "Webhook"),
      url,
      method,
      headers: { ...(bare ? {} : { "content-type": "application/json" }), ...this.#headers() },
      body: bare ? undefined : JSON.stringify(payload),
      timeout: timeout * 1000,
      caCertificate,
    });
  }

  #headers(): Record<string, string> {
    const { headers, secretHeaders, username, password } = this.settings;
    const secrets = Object.entries(secretHeaders).map(([name, value]) => [name, value.get()] as const);
    const basic = Buffer.from(`${username ?? ""}:${password?.get() ?? ""}`).toString("base64");
    const signsIn = username !== undefined || password !== undefined;
    return {
      ...headers,
      ...Object.fromEntries(secrets),
      ...(signsIn ? { authorization: `Basic ${basic}` } : undefined),
    };
  }

  /** Only connects: whatever a request would set off is not for a test to set off. */
  override async test(steps: TestSteps): Promise<void> {
    const { url, caCertificate } = this.settings;
    await reachServer(steps, serverOf(new URL(url), caCertificate));
    steps.skip("request", "nothing was sent: a request might set something off");
  }
}
