/** What the parts of the server share: one request as it is handled, and errors as Cloud Storage words them. */
import type { IncomingMessage, ServerResponse } from "node:http";

/** What a request asks for, as tests and faults name it. */
export const operations = [
  "token",
  "buckets.list",
  "buckets.insert",
  "buckets.get",
  "buckets.patch",
  "buckets.delete",
  "buckets.testPermissions",
  "objects.list",
  "objects.get",
  "objects.media",
  "objects.insert",
  "objects.patch",
  "objects.delete",
  "objects.compose",
  "objects.rewrite",
  "resumable.start",
  "resumable.write",
  "resumable.status",
  "resumable.cancel",
  "signed.read",
  "bare",
  "control",
  "unknown",
] as const;
export type Operation = (typeof operations)[number];

/** A request as it came, for tests to assert on. Tokens and signatures are left out. */
export interface RecordedRequest {
  readonly operation: Operation;
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON that came with it. */
  body?: unknown;
  /** Bytes of an object that came with it. */
  bytes: number;
  /** The answer's status; 0 when the connection was cut. */
  status: number;
}

export interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly operation: Operation;
  readonly query: URLSearchParams;
  readonly record: RecordedRequest;
  readonly bucket: string;
  readonly object: string;
  /** What comes after the object in the path: "compose", "rewriteTo/b/…". */
  readonly rest: string;
  /** What this call is to suffer. */
  readonly fault: Fault | undefined;
}

/** A fault of the service, injected into the next `times` requests of an operation. */
export interface Fault {
  readonly operation: Operation;
  readonly times: number;
  /** Only requests to this object. */
  readonly object?: string;
  /** Leaves so many matching requests alone first. */
  readonly after?: number;
  /** Answers with this status instead of doing anything. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Does what was asked and cuts the connection before the answer. */
  readonly loseAnswer?: boolean;
  /** Cuts the connection after so many bytes of the object, whichever way they go. */
  readonly cutAfter?: number;
  /** Changes one byte of the object on its way. */
  readonly corrupt?: boolean;
  /** Milliseconds before anything happens. */
  readonly delay?: number;
}

export class ApiError extends Error {
  readonly status: number;
  readonly reason: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, reason: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.headers = headers;
  }
}

/** Thrown where a fault cuts the connection: nothing more is said. */
export class Cut extends Error {}

export const conditionNotMet = () =>
  new ApiError(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.");
export const invalid = (message: string) => new ApiError(400, "invalid", message);

export function answerJson(
  { response, record }: Call,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  record.status = status;
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    "content-type": "application/json; charset=UTF-8",
    "content-length": bytes.length,
    ...headers,
  });
  response.end(bytes);
}

export function answerEmpty(
  { response, record }: Call,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): void {
  record.status = status;
  response.writeHead(status, status === 204 ? headers : { "content-length": 0, ...headers });
  response.end();
}

export function answerError(call: Call, { status, reason, message, headers }: ApiError): void {
  answerJson(
    call,
    status,
    { error: { code: status, message, errors: [{ message, domain: "global", reason }] } },
    headers,
  );
}

/** The text of a body that is no object's data. */
export async function bodyText(request: IncomingMessage, limit = 1_000_000): Promise<string> {
  let text = "";
  request.setEncoding("utf8");
  for await (const piece of request) {
    text += String(piece);
    if (text.length > limit) throw new ApiError(413, "uploadTooLarge", "Request too large");
  }
  return text;
}

/** A JSON object that came as the body; {} for none. */
export async function bodyJson(call: Call): Promise<Record<string, unknown>> {
  const text = await bodyText(call.request);
  if (text === "") return {};
  const type = call.request.headers["content-type"] ?? "";
  if (!type.startsWith("application/json")) throw invalid(`Unsupported content with type: ${type}`);
  const body = parseObject(text);
  call.record.body = body;
  return body;
}

export function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ApiError(400, "parseError", "Parse Error");
  }
  if (!isObject(value)) throw new ApiError(400, "parseError", "Parse Error");
  return value;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
