/** One HTTP request of a block that tells somebody something. */
import { MillraceError } from "../protocol/errors.ts";
import { redact } from "../system/redaction.ts";
import { explain } from "./run-test.ts";

export interface HttpCall {
  /** Names the block in messages: `SlackWebhook "team"`. */
  readonly label: string;
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** Milliseconds. */
  readonly timeout: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/** @throws MillraceError "task-failed" when nobody answers in time, or with another status than 2xx. */
export async function callHttp({ label, url, method, headers, body, timeout }: HttpCall): Promise<HttpAnswer> {
  // Paths of such addresses are secrets as often as not.
  const { host } = new URL(url);
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method,
      headers,
      signal: AbortSignal.timeout(timeout),
      ...(body === undefined ? {} : { body }),
    });
    text = await response.text();
  } catch (thrown) {
    const late = thrown instanceof DOMException && thrown.name === "TimeoutError";
    const why = late ? `no answer within ${timeout / 1000} seconds` : explain(thrown);
    throw new MillraceError("task-failed", redact(`${label}: ${host}: ${why}`), { cause: thrown });
  }
  if (response.ok) return { status: response.status, text };
  const said = text.trim().slice(0, 300);
  throw new MillraceError(
    "task-failed",
    redact(
      `${label}: ${host} answered ${response.status} ${response.statusText}${said === "" ? "" : `: ${said}`}`.trim(),
    ),
  );
}

/** `Webhook "team"`, or `Webhook` for a block made in code. */
export function labelOf(block: { readonly blockName: string | undefined }, className: string): string {
  return block.blockName === undefined ? className : `${className} ${JSON.stringify(block.blockName)}`;
}
