/** What went wrong with a server, told so that one sees which field or statement to change. */
import { type ErrorCode, MillraceError, toError } from "../../protocol/errors.ts";
import { tlsProblem } from "../tls-problem.ts";
import type { PostgresTarget } from "./settings.ts";

type Problem = readonly [ErrorCode, string];

/** Why there is no connection: the host, the port, TLS, the password or the database. */
export function connectionError(thrown: unknown, target: PostgresTarget): MillraceError {
  if (thrown instanceof MillraceError) return thrown;
  const cause = firstCause(thrown);
  const [code, what] = connectionProblem(cause, target);
  return new MillraceError(code, `Postgres at ${target.host}:${target.port}: ${what}`, { cause });
}

function connectionProblem(error: Error, { host, port, user, database, tls, hasAuthority }: PostgresTarget): Problem {
  const code = codeOf(error);
  const who = user === undefined ? "the user" : `user "${user}"`;
  switch (code) {
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return ["not-answering", `no machine is known by the name "${host}"; check host`];
    case "ECONNREFUSED":
      return ["not-answering", `nothing listens on port ${port}; check host and port, and whether the server runs`];
    case "ETIMEDOUT":
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return ["not-answering", "it cannot be reached from here; check host and port, and firewalls on the way"];
    case "28P01":
      return ["unauthorized", `the password of ${who} is wrong`];
    case "28000":
      return ["unauthorized", `${who} may not sign in (${error.message})${needsTls(error, tls)}`];
    case "3D000":
      return ["not-found", `there is no database "${database ?? user ?? ""}"; check database`];
    case "42501":
      return ["unauthorized", `${who} may not use database "${database ?? user ?? ""}" (${error.message})`];
    case "53300":
      return [
        "not-answering",
        `it has no connection left (${error.message}); lower poolSize, or raise max_connections there`,
      ];
    case "57P03":
      return ["not-answering", `it is starting or stopping (${error.message}); try again`];
  }
  const ofTls = tlsProblem(error, { host, hasAuthority });
  if (ofTls !== undefined) return ["unauthorized", `TLS: ${ofTls}`];
  if (/does not support SSL/i.test(error.message)) {
    return ["not-answering", `TLS: the server speaks none; set tls to "off" if nobody can listen on the way`];
  }
  if (/client password must be a string|no password supplied|SASL.*password/i.test(error.message)) {
    return ["unauthorized", `it asks for a password and none is given; enter the password of ${who}`];
  }
  if (/timeout/i.test(error.message)) {
    return ["not-answering", "it does not answer in time; check host and port, and firewalls on the way"];
  }
  return ["not-answering", `no connection (${error.message || code || error.name})`];
}

function needsTls(error: Error, tls: string): string {
  return tls === "off" && /no encryption|SSL off/i.test(error.message) ? '; set tls to "verify-full" or "require"' : "";
}

/** What the server says to a statement, with its place and the hint. */
export function statementError(thrown: unknown, what: string): Error {
  if (thrown instanceof MillraceError) return thrown;
  const cause = toError(thrown);
  const state = codeOf(cause);
  if (state === undefined || !/^[0-9A-Z]{5}$/.test(state)) return cause;
  const parts = [
    `${what}: ${cause.message}`,
    textOf(cause, "where")?.split("\n")[0],
    textOf(cause, "detail"),
    state === "57014" && /statement timeout/.test(cause.message) ? "raise statementTimeout of the block" : undefined,
    textOf(cause, "hint"),
  ];
  return new MillraceError(codes[state.slice(0, 2)] ?? "bad-usage", parts.filter(Boolean).join("; "), { cause });
}

/** By the class of the SQLSTATE, its first two letters. */
const codes: Readonly<Record<string, ErrorCode>> = {
  "08": "not-answering",
  "22": "bad-parameters",
  "23": "conflict",
  "28": "unauthorized",
  "40": "conflict",
  "53": "not-answering",
  "55": "conflict",
  "57": "not-answering",
};

/** The server's or the system's code behind an error of this file. */
export function sqlState(thrown: unknown): string | undefined {
  const error = toError(thrown);
  return codeOf(error.cause === undefined ? error : toError(error.cause));
}

/** An address with several machines behind it gives one error for all of them. */
function firstCause(thrown: unknown): Error {
  const error = toError(thrown);
  return error instanceof AggregateError && error.errors.length > 0 ? toError(error.errors[0]) : error;
}

function codeOf(error: Error): string | undefined {
  return textOf(error, "code");
}

function textOf(error: Error, field: string): string | undefined {
  const value: unknown = Reflect.get(error, field);
  return typeof value === "string" && value !== "" ? value : undefined;
}
