/** Who may talk to the orchestrator: whoever has the home's token or that of a worker, and never a page in a browser. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { MillraceError } from "../../protocol/errors.ts";

/** Who asks: somebody with the home's own token, or a worker of one pool, which may call the routes of workers only. */
export type Caller = { readonly kind: "owner" } | { readonly kind: "worker"; readonly pool: string };

export type Guard = (request: IncomingMessage) => Caller;

/** Names under which a client on this machine may call us. A foreign name means DNS rebinding. */
const localHost = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/;

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

export interface GuardOptions {
  readonly token: string;
  /** The pool that a worker's token is of, by the token's SHA-256 in hex. */
  readonly poolOfToken?: (hash: string) => string | undefined;
  /** Reached beyond this machine: a Host header may then name it in any way that is no web page's doing. */
  readonly anyHost?: boolean;
}

/** Returns the check of one home's tokens. The check throws MillraceError "unauthorized". */
export function createGuard({ token, poolOfToken, anyHost = false }: GuardOptions): Guard {
  const expected = digest(`Bearer ${token}`);
  return (request) => {
    const { host, origin, authorization } = request.headers;
    if (!anyHost && (host === undefined || !localHost.test(host))) {
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
    if (authorization !== undefined && timingSafeEqual(digest(authorization), expected)) return { kind: "owner" };
    // Looked up by a hash that nobody can steer towards another's.
    const given = /^Bearer (.+)$/.exec(authorization ?? "")?.[1];
    const pool = given === undefined ? undefined : poolOfToken?.(digest(given).toString("hex"));
    if (pool !== undefined) return { kind: "worker", pool };
    throw new MillraceError(
      "unauthorized",
      "The token is missing or wrong. The home's own stands in its owner file; `millrace pools token POOL` makes one for workers.",
    );
  };
}

/** @throws MillraceError "unauthorized" when a worker asks for what is not a worker's. */
export function checkCaller(caller: Caller, path: string): void {
  if (caller.kind === "owner" || path.startsWith("/api/workers/")) return;
  throw new MillraceError("unauthorized", `The token of a worker is not good for ${path}: use the home's own.`);
}
