/** Checks of infrastructure and code as requests give them. */
import type { DeploymentCode, Infrastructure } from "../../protocol/deployments.ts";
import type { FieldProblem } from "../../protocol/errors.ts";
import { type Check, flag, integer, list, object, oneOf, optional, positive, record, text } from "./validate.ts";

const longestLimit = 1024 * 1024;

const processCheck = object<Extract<Infrastructure, { readonly type: "process" }>>({
  type: oneOf(["process"]),
  env: optional(record(text)),
  working_dir: optional(text),
  memory_limit: optional(integer(16, longestLimit)),
});

const dockerCheck = object<Extract<Infrastructure, { readonly type: "docker" }>>({
  type: oneOf(["docker"]),
  image: optional(text),
  image_pull_policy: optional(oneOf(["always", "if-not-present", "never"])),
  network_mode: optional(text),
  volumes: optional(list(text)),
  env: optional(record(text)),
  memory_limit: optional(integer(16, longestLimit)),
  cpus: optional(positive),
  auto_remove: optional(flag),
  block: optional(text),
});

export const infrastructureCheck: Check<Infrastructure> = byType<Infrastructure>({
  process: processCheck,
  docker: dockerCheck,
});

const gitCheck = object<Extract<DeploymentCode, { readonly type: "git" }>>({
  type: oneOf(["git"]),
  repository: text,
  reference: text,
  commit: nullable(text),
  path: text,
  credentials: nullable(text),
  snapshot: nullable(text),
});

export const codeCheck: Check<DeploymentCode> = byType<DeploymentCode>({
  "working-copy": object({ type: oneOf(["working-copy"]) }),
  snapshot: object({ type: oneOf(["snapshot"]), hash: text }),
  git: gitCheck,
});

/** Null is a value: "none". */
export function nullable<T>(check: Check<T>): Check<T | null> {
  return (value, path) => (value === null ? [] : check(value, path));
}

/** One of several objects that their `type` tells apart. */
function byType<T extends { readonly type: string }>(
  checks: {
    readonly [Type in T["type"]]: Check<Extract<T, { readonly type: Type }>>;
  },
): Check<T> {
  const known = new Map<string, (value: unknown, path: string) => readonly FieldProblem[]>(Object.entries(checks));
  const type = oneOf([...known.keys()]);
  return (value, path) => {
    if (typeof value !== "object" || value === null || !("type" in value)) return object({ type })(value, path);
    const check = typeof value.type === "string" ? known.get(value.type) : undefined;
    return check === undefined ? type(value.type, path === "" ? "type" : `${path}.type`) : check(value, path);
  };
}
