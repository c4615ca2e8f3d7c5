/** Finds the handler of a request by method and path. Routes are those of protocol/api.ts, each exactly once. */
import type { RouteName, Routes } from "../../protocol/api.ts";
import { MillraceError, toError } from "../../protocol/errors.ts";
import type { Caller } from "./guard.ts";
import { accept, type Check } from "./validate.ts";

type Body<Name extends RouteName> = Routes[Name] extends { readonly body: infer Given } ? Given : undefined;

export interface Call<Given> {
  /** The `:name` parts of the path. */
  readonly params: Readonly<Record<string, string>>;
  readonly body: Given;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
  readonly caller: Caller;
}

/** One route, ready to be called with an unchecked body. */
export interface Route {
  readonly name: RouteName;
  readonly handle: (call: Call<unknown>) => unknown;
}

/** A route that takes a body: `check` runs before `handle`. */
export function route<Name extends RouteName>(
  name: Name,
  check: Check<Body<Name>>,
  handle: (call: Call<Body<Name>>) => Promise<Routes[Name]["answer"]> | Routes[Name]["answer"],
): Route {
  return { name, handle: (call) => handle({ ...call, body: accept(check, call.body) }) };
}

/** For routes without a body. */
export const nothing: Check<undefined> = () => [];

export interface Match {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

export type Router = (method: string, path: string) => Match;

/** @throws MillraceError "not-found" for a path that no route has. */
export function createRouter(routes: readonly Route[]): Router {
  const table = routes.map((candidate) => {
    const [method = "", pattern = ""] = candidate.name.split(" ");
    return { route: candidate, method, parts: pattern.split("/") };
  });
  return (method, path) => {
    const given = path.split("/");
    for (const { route: found, method: wanted, parts } of table) {
      if (wanted !== method || parts.length !== given.length) continue;
      const params = matchParts(parts, given);
      if (params !== undefined) return { route: found, params };
    }
    throw new MillraceError(
      "not-found",
      `There is no ${method} ${path} here. A newer Millrace may have it: update the older side.`,
    );
  };
}

function matchParts(parts: readonly string[], given: readonly string[]): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  for (const [index, part] of parts.entries()) {
    const text = given[index] ?? "";
    if (part.startsWith(":")) params[part.slice(1)] = decode(text);
    else if (part !== text) return undefined;
  }
  return params;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (thrown) {
    throw new MillraceError("bad-usage", `Bad request: "${text}" in the path is not URL-encoded text.`, {
      cause: toError(thrown),
    });
  }
}
