/** What Google's clients and the network throw → what a person can do about it, and whether trying again may help. */
import { type ErrorCode, MillraceError, toError } from "../../protocol/errors.ts";
import { isRecord } from "../documents.ts";

/** An answer of the service that is no success. */
export class HttpProblem extends Error {
  override readonly name: string = "HttpProblem";
  readonly status: number;
  /** Milliseconds that the service asks to wait. */
  readonly retryAfter: number | undefined;

  constructor(status: number, message: string, retryAfter?: number) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** The status of the answer behind an error of any of the clients; undefined when there was no answer. */
export function statusOf(thrown: unknown): number | undefined {
  if (!isRecord(thrown) && !(thrown instanceof Error)) return undefined;
  for (const name of ["status", "code"]) {
    const value: unknown = Reflect.get(thrown, name);
    const status = typeof value === "string" ? Number(value) : value;
    if (typeof status === "number" && Number.isInteger(status) && status >= 300 && status < 600) return status;
  }
  const response: unknown = Reflect.get(thrown, "response");
  return isRecord(response) || response instanceof Object ? statusOf(response) : undefined;
}

/** Milliseconds that the answer behind an error asks to wait: "Retry-After" has seconds or a date. */
export function retryAfterOf(thrown: unknown, now: number = Date.now()): number | undefined {
  if (thrown instanceof HttpProblem) return thrown.retryAfter;
  if (!(thrown instanceof Error)) return undefined;
  const response: unknown = Reflect.get(thrown, "response");
  const headers: unknown = response instanceof Object ? Reflect.get(response, "headers") : undefined;
  if (headers instanceof Headers) return parseRetryAfter(headers.get("retry-after"), now);
  return isRecord(headers) && typeof headers["retry-after"] === "string"
    ? parseRetryAfter(headers["retry-after"], now)
    : undefined;
}

export function parseRetryAfter(header: string | null, now: number = Date.now()): number | undefined {
  if (header === null || header.trim() === "") return undefined;
  const seconds = Number(header);
  const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - now;
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined;
}

const passing: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);
const cutCodes: ReadonlySet<string> = new Set([
  ...["ECONNRESET", "ECONNREFUSED", "ECONNABORTED", "EPIPE", "ETIMEDOUT", "EAI_AGAIN", "ENETUNREACH", "EHOSTUNREACH"],
  ...["ERR_STREAM_PREMATURE_CLOSE", "UND_ERR_SOCKET", "UND_ERR_CONNECT_TIMEOUT", "UND_ERR_HEADERS_TIMEOUT", "STALLED"],
]);

/** Whether the same request may succeed a little later. */
export function isPassing(thrown: unknown): boolean {
  const status = statusOf(thrown);
  if (status !== undefined) return passing.has(status);
  return networkCode(thrown) !== undefined && cutCodes.has(networkCode(thrown) ?? "");
}

/** The system's code behind an error of the network, as "ECONNREFUSED". */
export function networkCode(thrown: unknown): string | undefined {
  for (let error: unknown = thrown, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth++) {
    const code: unknown = Reflect.get(error, "code");
    // Ended by us: nothing had moved for too long. A run that ends is told apart before anybody asks here.
    if (error.name === "AbortError" || code === "ABORT_ERR") return "STALLED";
    if (typeof code === "string" && /^[A-Z][A-Z_]+[A-Z]$/.test(code)) return code;
    if (/premature close|socket hang up|other side closed/i.test(error.message)) return "ECONNRESET";
  }
  return undefined;
}

export interface Attempt {
  /** The block, as 'GcsBucket "zoom-gcs"'. */
  readonly where: string;
  /** "sign in as taxi@…", "write gs://bucket/key". */
  readonly doing: string;
  /** What to do when it is not there, if not the usual. */
  readonly whenMissing?: string;
}

/** As MillraceError; what is one already stays. The cause has no request in it: that would carry the token. */
export function googleProblem(thrown: unknown, { where, doing, whenMissing }: Attempt): MillraceError {
  if (thrown instanceof MillraceError) return thrown;
  const error = toError(thrown);
  const status = statusOf(thrown);
  const network = networkCode(thrown);
  const reason = network === "STALLED" ? "the connection is open, and nothing comes" : firstLine(error.message);
  const make = (code: ErrorCode, advice: string) =>
    new MillraceError(code, `${where}: cannot ${doing}: ${reason}${/[.!?]$/.test(reason) ? "" : ";"} ${advice}`, {
      cause: withoutRequest(error, status, network),
    });
  if (/could not load the default credentials/i.test(reason)) {
    return new MillraceError(
      "unauthorized",
      `${where}: cannot ${doing}: there are no application default credentials on this machine; set serviceAccountFile or serviceAccountInfo, or run: gcloud auth application-default login`,
      { cause: withoutRequest(error, status, network) },
    );
  }
  if (/invalid_grant/.test(reason)) {
    const clock = /short-lived|iat|exp\b/i.test(reason) ? "is the clock of this machine right?" : "";
    return make("unauthorized", clock || "the key was deleted, disabled, or is of another account: make a new one");
  }
  if (status === 401) return make("unauthorized", "the sign-in was refused; test the credentials");
  if (status === 403) return make("unauthorized", "give the account a role that has this permission");
  if (status === 404) return make("not-found", whenMissing ?? "check the name");
  if (status === 409 || status === 412) return make("conflict", "somebody else has changed it meanwhile; run it again");
  if (status !== undefined && passing.has(status)) {
    return make("not-answering", `the service answered ${status} every time; try again later`);
  }
  if (status !== undefined) return make("bad-usage", `(status ${status})`);
  if (network === "ENOTFOUND" || network === "EAI_AGAIN") {
    return make("not-answering", "the name has no address: is the machine online, and the endpoint right?");
  }
  if (network !== undefined && /CERT|SELF_SIGNED|TLS|SSL|UNABLE_TO/.test(network)) {
    return make("not-answering", "the certificate is not trusted; a company's proxy may need NODE_EXTRA_CA_CERTS");
  }
  if (network !== undefined && cutCodes.has(network))
    return make("not-answering", "is the network up, and a proxy set?");
  return make("internal", "this was not expected");
}

function firstLine(text: string): string {
  const [line = ""] = text.split("\n");
  return line.length > 500 ? `${line.slice(0, 500)} …` : line;
}

function withoutRequest(error: Error, status: number | undefined, network: string | undefined): Error {
  const plain = new Error(error.message);
  plain.name = error.name;
  if (error.stack !== undefined) plain.stack = error.stack;
  const code = network ?? status;
  return code === undefined ? plain : Object.assign(plain, { code: String(code) });
}
