/** Who may talk to the orchestrator: whoever has the token, and never a page in a browser. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { MillraceError } from "../../protocol/errors.ts";

/** Names under which a client on this machine may call us. A foreign name means DNS rebinding. */
const localHost = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/;

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

/** Returns the check of one home's token. The check throws MillraceError "unauthorized". */
export function createGuard(token: string): (request: IncomingMessage) => void {
  const expected = digest(`Bearer ${token}`);
  return (request) => {
    const { host, origin, authorization } = request.headers;
    if (host === undefined || !localHost.test(host)) {
      throw new MillraceError(
        "unauthorized",
        `The Host header ${JSON.stringify(host ?? "")} does not name this machine.`,
      );
    }
    if (origin !== undefined) {
      throw new MillraceError(
        "unauthorized",
        `Requests from web pages (Origin ${JSON.stringify(origin)}) are refused.`,
      );
    }
    // Digests have one length, so the comparison tells nothing about the token by its time.
    if (authorization === undefined || !timingSafeEqual(digest(authorization), expected)) {
      throw new MillraceError(
        "unauthorized",
        "The token is missing or wrong; it stands in the owner file of the home.",
      );
    }
  };
}
