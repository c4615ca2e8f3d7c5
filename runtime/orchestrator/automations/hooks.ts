/**
 * Addresses that start deployments. Of the secret in an address only its hash is kept; whoever has lost it makes a new
 * one.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { DeploymentHook } from "../../protocol/automations.ts";
import { type FieldProblem, MillraceError } from "../../protocol/errors.ts";
import { isoTime } from "../../protocol/fold/index.ts";
import { didYouMean } from "../../protocol/near-names.ts";
import type { Core } from "../core.ts";
import type { Deployments } from "../deployments/deployments.ts";
import type { StoredHook } from "./facts.ts";

export interface HookCall {
  readonly secret: string;
  readonly body: unknown;
  /** What the caller names the event: the same one starts nothing twice. */
  readonly key: string | undefined;
}

export interface Hooks {
  get(deploymentId: string): DeploymentHook;
  /** The secret is told here and never again. @throws MillraceError "conflict" when there is one, unless it is rotated. */
  make(
    deploymentId: string,
    options: {
      readonly rotate?: boolean;
      readonly map?: Readonly<Record<string, string>>;
      readonly body_parameter?: string | null;
    },
  ): Promise<{ readonly hook: DeploymentHook; readonly secret: string }>;
  remove(deploymentId: string): Promise<void>;
  /** @throws MillraceError "not-found" for an unknown secret, "bad-parameters" naming the fields, "conflict" when paused. */
  call(call: HookCall): Promise<{ readonly flow_run_id: string; readonly deployment: string }>;
  /** Names of the deployments that have one: nobody could be reached if we ended. */
  names(): readonly string[];
}

export interface HooksOptions {
  readonly core: Pick<Core, "system" | "events" | "store">;
  readonly deployments: Pick<Deployments, "run">;
  /** Why nobody can reach us; null when one can. */
  readonly problem: () => string | null;
  readonly onChange: () => Promise<void>;
}

const hashOf = (secret: string): Buffer => createHash("sha256").update(secret).digest();

export function createHooks({ core, deployments, problem, onChange }: HooksOptions): Hooks {
  const { system, events, store } = core;
  const { hooks } = system.facts.automations;
  const lastUsed = new Map<string, string>();
  const newest = (id: string) => system.facts.deployments.get(id)?.at(-1);

  const view = ({ hash: _hash, ...hook }: StoredHook): DeploymentHook => ({
    ...hook,
    last_used: lastUsed.get(hook.deployment_id) ?? null,
    problem: problem(),
  });

  function deployment(id: string) {
    const found = newest(id);
    if (found !== undefined) return found;
    throw new MillraceError(
      "not-found",
      `There is no deployment ${id} in this home; \`millrace deployments ls\` lists them.`,
    );
  }

  function stored(id: string): StoredHook {
    const { flow_name, name } = deployment(id);
    const found = hooks.get(id);
    if (found !== undefined) return found;
    throw new MillraceError(
      "not-found",
      `${flow_name}/${name} has no hook. Make one: millrace deployments hook ${flow_name}/${name}`,
    );
  }

  /** All are compared, each in the same time: how long it takes tells nothing of any. */
  function ofSecret(secret: string): StoredHook | undefined {
    const given = hashOf(secret);
    let found: StoredHook | undefined;
    for (const hook of hooks.values()) {
      if (timingSafeEqual(given, Buffer.from(hook.hash, "hex"))) found = hook;
    }
    return found !== undefined && newest(found.deployment_id) !== undefined ? found : undefined;
  }

  return {
    get: (id) => view(stored(id)),
    async make(id, { rotate = false, map, body_parameter }) {
      const { flow_name, name } = deployment(id);
      const before = hooks.get(id);
      if (before !== undefined && !rotate) {
        throw new MillraceError(
          "conflict",
          `${flow_name}/${name} has a hook since ${before.created}; its address was told then and is not kept. ` +
            "--rotate makes another one, and ends that.",
        );
      }
      const secret = randomBytes(24).toString("base64url");
      const hook: StoredHook = {
        deployment_id: id,
        hash: hashOf(secret).toString("hex"),
        created: isoTime(Date.now()),
        map: map ?? before?.map ?? {},
        body_parameter: body_parameter === undefined ? (before?.body_parameter ?? null) : body_parameter,
      };
      await system.commit({ kind: "hook", hook });
      await onChange();
      events.publish({ type: "deployments" });
      return { hook: view(hook), secret };
    },
    async remove(id) {
      stored(id);
      await system.commit({ kind: "hook-removed", deployment_id: id });
      await onChange();
      events.publish({ type: "deployments" });
    },
    async call({ secret, body, key }) {
      const hook = ofSecret(secret);
      if (hook === undefined) throw new MillraceError("not-found", "There is no hook at this address.");
      const { id, paused, name, flow_name, flow_file } = deployment(hook.deployment_id);
      const idempotency_key = key === undefined ? undefined : `hook ${id} ${key}`;
      // One that is known already is answered as it was, whatever has become of the deployment since.
      const known =
        idempotency_key === undefined ? undefined : await store.runByIdempotencyKey(flow_file, idempotency_key);
      if (known === undefined && paused) {
        throw new MillraceError(
          "conflict",
          `The deployment ${flow_name}/${name} is paused: it starts nothing by itself.`,
        );
      }
      const parameters = parametersOf(hook, body);
      const asked = { parameters, ...(idempotency_key === undefined ? {} : { idempotency_key }) };
      const flow_run_id = known ?? (await deployments.run(id, asked, "webhook"));
      lastUsed.set(id, isoTime(Date.now()));
      return { flow_run_id, deployment: `${flow_name}/${name}` };
    },
    names: () =>
      [...hooks.keys()].flatMap((id) => {
        const found = newest(id);
        return found === undefined ? [] : [`the hook of ${found.flow_name}/${found.name}`];
      }),
  };
}

/** Pure. @throws MillraceError "bad-parameters" naming what the body should have had. */
export function parametersOf(
  { map, body_parameter }: Pick<StoredHook, "map" | "body_parameter">,
  body: unknown,
): Readonly<Record<string, unknown>> {
  const places = Object.entries(map);
  const problems: FieldProblem[] = [];
  const mapped = places.flatMap(([parameter, path]): [string, unknown][] => {
    const value = valueAt(body, path);
    if (value !== undefined) return [[parameter, value]];
    const names = typeof body === "object" && body !== null ? Object.keys(body) : [];
    problems.push({ path, message: `is missing in the body: "${parameter}" comes from it.${didYouMean(path, names)}` });
    return [];
  });
  if (problems.length > 0) {
    const list = problems.map(({ path, message }) => `${path}: ${message}`).join("; ");
    throw new MillraceError("bad-parameters", list, { fields: problems });
  }
  const whole: [string, unknown][] = body_parameter === null ? [] : [[body_parameter, body]];
  if (places.length > 0 || whole.length > 0) return Object.fromEntries([...mapped, ...whole]);
  if (typeof body === "object" && body !== null && !Array.isArray(body))
    return Object.fromEntries(Object.entries(body));
  throw new MillraceError("bad-parameters", "The body must be an object: its fields are the parameters.", {
    fields: [{ path: "", message: "must be an object" }],
  });
}

/** "pull_request.head.ref", "commits.0.id" */
function valueAt(body: unknown, path: string): unknown {
  let value = body;
  for (const part of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined;
    value = Reflect.get(value, part);
  }
  return value;
}
