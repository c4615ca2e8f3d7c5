/** What BigQuery and the client say went wrong, as a message with the place, the reason and what to do. */
import { type ErrorCode, MillraceError, toError } from "../../protocol/errors.ts";

/** One of `errors[]` of an answer or of a job. */
interface Detail {
  readonly reason: string | undefined;
  readonly location: string | undefined;
  readonly message: string;
}

const transientStatus: ReadonlySet<unknown> = new Set([408, 429, 500, 502, 503, 504]);
const transientReasons: ReadonlySet<string> = new Set([
  "rateLimitExceeded",
  "userRateLimitExceeded",
  "jobRateLimitExceeded",
  "backendError",
  "internalError",
]);
const connectionCodes: ReadonlySet<unknown> = new Set([
  "ECONNRESET",
  "ECONNREFUSED",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EAI_AGAIN",
  "ERR_STREAM_PREMATURE_CLOSE",
  "UND_ERR_SOCKET",
]);

/** Whether the same request may go well a moment later. */
export function isTransient(thrown: unknown): boolean {
  for (let error = thrown; isObject(error); error = "cause" in error ? error.cause : undefined) {
    const code = "code" in error ? error.code : undefined;
    if (transientStatus.has(code) || connectionCodes.has(code)) return true;
    if (detailsOf(error).some(({ reason }) => reason !== undefined && transientReasons.has(reason))) return true;
    if (error instanceof Error && /socket hang up|other side closed|fetch failed/.test(error.message)) return true;
  }
  return false;
}

/** The HTTP status of an answer that was an error. */
export function statusOf(thrown: unknown): number | undefined {
  return isObject(thrown) && "code" in thrown && typeof thrown.code === "number" ? thrown.code : undefined;
}

/** An answer that was an error, or a connection that failed. `what` is what was done, as `query` or `table "a.b"`. */
export function requestError(thrown: unknown, what: string): Error {
  if (thrown instanceof MillraceError) return thrown;
  const cause = toError(thrown);
  const status = statusOf(thrown);
  const details = detailsOf(thrown);
  const said = details.length > 0 ? details.map(describe).join("; ") : cause.message;
  const code = codeOf(status, details[0]?.reason, thrown);
  return new MillraceError(code, `${what}: ${said}${adviceFor(code, status, details[0]?.reason)}`, { cause });
}

/** A job that has ended in an error: the first few of its `errors[]`, each with location and reason. */
export function jobError(status: unknown, what: string, job: string): MillraceError {
  const result = isObject(status) && "errorResult" in status ? status.errorResult : undefined;
  const main = detailOf(result);
  const others = detailsOf(status).filter(({ message }) => message !== main?.message);
  const shown = others.slice(0, 3).map((detail) => `\n  ${describe(detail)}`);
  const more = others.length > shown.length ? `\n  … and ${others.length - shown.length} more` : "";
  const code = codeOf(undefined, main?.reason, undefined);
  const said = main === undefined ? "BigQuery gives no reason" : describe(main);
  return new MillraceError(
    code,
    `${what}: ${said}${adviceFor(code, undefined, main?.reason)} (${job})${shown.join("")}${more}`,
  );
}

function codeOf(status: number | undefined, reason: string | undefined, thrown: unknown): ErrorCode {
  if (status === 401 || status === 403 || reason === "accessDenied") {
    return reason === "quotaExceeded" || reason === "rateLimitExceeded" ? "not-answering" : "unauthorized";
  }
  if (status === 404 || reason === "notFound") return "not-found";
  if (status === 409 || status === 412 || reason === "duplicate") return "conflict";
  if (reason !== undefined && /^(invalid|invalidQuery|parseError|schemaMismatch|resourceInUse)$/.test(reason)) {
    return "bad-parameters";
  }
  if (status === 400) return "bad-parameters";
  return thrown === undefined || !isTransient(thrown) ? "task-failed" : "not-answering";
}

function adviceFor(code: ErrorCode, status: number | undefined, reason: string | undefined): string {
  if (status === 401) return "; the credentials are wrong or have expired: test the GcpCredentials block";
  if (reason === "quotaExceeded") return "; a quota of the project is used up";
  if (code === "unauthorized") {
    return "; the account needs the roles BigQuery Job User on the project and BigQuery Data Editor on the dataset";
  }
  return code === "not-answering" ? "; it was tried again several times" : "";
}

function describe({ reason, location, message }: Detail): string {
  const place = [reason, location].filter((part) => part !== undefined && part !== "").join(", ");
  return place === "" ? message : `${message} (${place})`;
}

function detailsOf(thrown: unknown): Detail[] {
  const errors = isObject(thrown) && "errors" in thrown ? thrown.errors : undefined;
  return Array.isArray(errors) ? errors.flatMap((each: unknown) => detailOf(each) ?? []) : [];
}

function detailOf(value: unknown): Detail | undefined {
  if (!isObject(value) || !("message" in value) || typeof value.message !== "string") return undefined;
  const text = (field: unknown) => (typeof field === "string" ? field : undefined);
  return {
    reason: "reason" in value ? text(value.reason) : undefined,
    location: "location" in value ? text(value.location) : undefined,
    message: value.message,
  };
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
