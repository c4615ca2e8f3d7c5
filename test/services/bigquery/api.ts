/** What the parts of the server share: one request as it is handled, faults, and answers as BigQuery words them. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { ApiError, bodyText, isObject, parseObject } from "../gcs/api.ts";

export { ApiError, isObject };

/** What a request asks for, as tests and faults name it. */
export type Operation =
  | "datasets.list"
  | "datasets.insert"
  | "datasets.get"
  | "datasets.delete"
  | "tables.list"
  | "tables.insert"
  | "tables.get"
  | "tables.delete"
  | "tabledata.insertAll"
  | "tabledata.list"
  | "jobs.insert"
  | "jobs.upload"
  | "jobs.get"
  | "jobs.cancel"
  | "jobs.query"
  | "jobs.getQueryResults"
  | "unknown";

/** A request as it came, for tests to assert on. Tokens are left out. */
export interface RecordedRequest {
  readonly operation: Operation;
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON that came with it; of an upload the part that describes the job. */
  body?: Readonly<Record<string, unknown>>;
  /** Bytes of a file that came with it. */
  bytes: number;
  /** The answer's status; 0 when the connection was cut. */
  status: number;
}

export interface Route {
  readonly operation: Operation;
  readonly project: string;
  readonly dataset: string;
  readonly table: string;
  readonly job: string;
}

export interface Call extends Route {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  readonly record: RecordedRequest;
  readonly fault: Fault | undefined;
}

/** A fault of the service, injected into the next `times` requests of an operation. */
export interface Fault {
  readonly operation: Operation;
  readonly times: number;
  /** Leaves so many matching requests alone first. */
  readonly after?: number;
  /** Answers with this status instead of doing anything. */
  readonly status?: number;
  readonly reason?: string;
  /** Does what was asked and cuts the connection before the answer. */
  readonly loseAnswer?: boolean;
  /** Cuts the connection after so many bytes of an upload. */
  readonly cutAfter?: number;
}

/** One of `errors[]`. */
export interface ErrorProto {
  readonly reason: string;
  readonly location?: string;
  readonly message: string;
}

export const invalid = (message: string) => new ApiError(400, "invalid", message);
export const notFound = (what: string) => new ApiError(404, "notFound", `Not found: ${what}`);
export const duplicate = (what: string) => new ApiError(409, "duplicate", `Already Exists: ${what}`);

export function answer({ response, record }: Call, body: unknown, status = 200): void {
  record.status = status;
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { "content-type": "application/json; charset=UTF-8", "content-length": bytes.length });
  response.end(bytes);
}

export function answerNothing({ response, record }: Call): void {
  record.status = 204;
  response.writeHead(204).end();
}

export function answerError(call: Call, error: ApiError, location?: string): void {
  const { status, reason, message } = error;
  const detail = {
    message,
    domain: "global",
    reason,
    ...(location === undefined ? {} : { location, locationType: "parameter" }),
  };
  answer(call, { error: { code: status, message, errors: [detail], status: statuses[status] ?? "UNKNOWN" } }, status);
}

const statuses: Readonly<Record<number, string>> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  409: "ALREADY_EXISTS",
  429: "RESOURCE_EXHAUSTED",
  500: "INTERNAL",
  503: "UNAVAILABLE",
};

export async function bodyJson(call: Call): Promise<Record<string, unknown>> {
  const text = await bodyText(call.request, 12_000_000);
  if (text === "") return {};
  if (!(call.request.headers["content-type"] ?? "").startsWith("application/json"))
    throw invalid("Unsupported content");
  const body = parseObject(text);
  call.record.body = body;
  return body;
}

export function records(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

export function object(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : {};
}

export function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
