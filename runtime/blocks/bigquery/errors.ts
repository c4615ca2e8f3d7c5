/** What BigQuery and the client say went wrong, as a message with the place, the reason and what to do. */
import { type ErrorCode, MillraceError, toError } from "../../protocol/errors.ts";
import { googleProblem, isPassing, networkCode, statusOf } from "../gcp/problems.ts";

/** One of `errors[]` of an answer or of a job. */
interface Detail {
  readonly reason: string | undefined;
  readonly location: string | undefined;
  readonly message: string;
}

const transientReasons: ReadonlySet<string> = new Set([
  "rateLimitExceeded",
  "userRateLimitExceeded",
  "jobRateLimitExceeded",
  "backendError",
  "internalError",
]);

/** Whether the same request may go well a moment later. */
export function isTransient(thrown: unknown): boolean {
  return isPassing(thrown) || detailsOf(thrown).some(({ reason }) => transientReasons.has(reason ?? ""));
}

/** An answer that was an error, or a connection that failed. `what` is what was done, as `query` or `table "a.b"`. */
export function requestError(thrown: unknown, what: string): Error {
  if (thrown instanceof MillraceError) return thrown;
  const cause = toError(thrown);
  const status = statusOf(thrown);
  const details = detailsOf(thrown);
  if (details.length === 0) {
    const doing = /invalid_grant|default credentials/i.test(cause.message) ? "sign in" : "get an answer of BigQuery";
    return googleProblem(thrown, { where: what, doing });
  }
  const said = details.map(describe).join("; ");
  const code = codeOf(status, details[0]?.reason, thrown);
  return new MillraceError(code, `${what}: ${said}${adviceFor(code, status, details[0]?.reason)}`, {
    cause: withoutRequest(cause, status),
  });
}

/** A job that has ended in an error: the first few of its `errors[]`, each with location and reason. */
export function jobError(status: unknown, what: string, job: string): MillraceError {
  const main = detailOf(fieldOf(status, "errorResult"));
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

/** The request would carry the token. */
function withoutRequest(error: Error, status: number | undefined): Error {
  const plain = new Error(error.message);
  plain.name = error.name;
  if (error.stack !== undefined) plain.stack = error.stack;
  const code = networkCode(error) ?? status;
  return code === undefined ? plain : Object.assign(plain, { code: String(code) });
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

/** Of an error of the client, of a job's status, or of an answer to an upload. */
function detailsOf(thrown: unknown): Detail[] {
  const found =
    fieldOf(thrown, "errors") ?? fieldOf(fieldOf(fieldOf(fieldOf(thrown, "response"), "data"), "error"), "errors");
  return Array.isArray(found) ? found.flatMap((each: unknown) => detailOf(each) ?? []) : [];
}

function detailOf(value: unknown): Detail | undefined {
  const message = fieldOf(value, "message");
  if (typeof message !== "string") return undefined;
  const text = (field: unknown) => (typeof field === "string" ? field : undefined);
  return { reason: text(fieldOf(value, "reason")), location: text(fieldOf(value, "location")), message };
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
