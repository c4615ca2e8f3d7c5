/** Infrastructure that a DockerContainer document gives: what it says fills what is left out beside its name. */
import { isEnvironmentReference, isRecord } from "../../protocol/block-data.ts";
import type { Infrastructure } from "../../protocol/deployments.ts";
import type { FieldProblem } from "../../protocol/errors.ts";
import { didYouMean } from "../../protocol/near-names.ts";
import type { StoredBlock } from "../system/records.ts";

type Docker = Extract<Infrastructure, { readonly type: "docker" }>;
type Blocks = ReadonlyMap<string, StoredBlock>;
type Environment = Readonly<Record<string, string | undefined>>;

const slug = "docker-container";
const pullPolicies = { always: "always", ifNotPresent: "if-not-present", never: "never" } as const;
const bytesOf: Readonly<Record<string, number>> = { "": 1, b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };
const mebibyte = 1024 ** 2;

/** With the document's fields in the place of the block's name; as it is when there is none that can be used. */
export function withBlock(
  infrastructure: Infrastructure,
  blocks: Blocks,
  environment: Environment = process.env,
): Infrastructure {
  if (infrastructure.type !== "docker" || infrastructure.block === undefined) return infrastructure;
  const { block, ...own } = infrastructure;
  const found = readContainer(blocks, block, environment);
  if ("problem" in found) return infrastructure;
  const env = { ...found.container.env, ...own.env };
  return { ...found.container, ...own, ...(Object.keys(env).length === 0 ? {} : { env }) };
}

/** Why its block cannot give what it is named for. */
export function blockProblems(
  infrastructure: Infrastructure | undefined,
  blocks: Blocks,
  environment: Environment = process.env,
): readonly FieldProblem[] {
  if (infrastructure?.type !== "docker" || infrastructure.block === undefined) return [];
  const found = readContainer(blocks, infrastructure.block, environment);
  return "problem" in found ? [{ path: "infrastructure.block", message: found.problem }] : [];
}

type Read = { readonly container: Docker } | { readonly problem: string };

function readContainer(blocks: Blocks, block: string, environment: Environment): Read {
  const document = blocks.get(block);
  if (document === undefined || document.slug !== slug) {
    const known = [...blocks].filter(([, { slug: of }]) => of === slug).map(([key]) => key);
    const hint = didYouMean(block, known) || ` \`millrace blocks save ${slug} NAME\` makes one.`;
    return { problem: `there is no DockerContainer block "${block}".${hint}` };
  }
  const data = plainOf(document.data, environment);
  if (typeof data === "string") return { problem: `${block}: ${data}` };
  const { image, env, volumes, networks, autoRemove, command, privileged } = data;
  const [network, second] = textsOf(networks);
  if (textsOf(command).length > 0) {
    return { problem: `${block} has a command of its own, and a run's container starts the run: remove it there.` };
  }
  if (privileged === true)
    return { problem: `${block} is privileged, and no run's container is: switch it off there.` };
  if (second !== undefined) return { problem: `${block} names several networks, and a run's container joins one.` };
  const policy = Object.entries(pullPolicies).find(([name]) => name === data["imagePullPolicy"])?.[1];
  const memory = mebibytesOf(data["memoryLimit"]);
  return {
    container: {
      type: "docker",
      ...(typeof image === "string" ? { image } : {}),
      ...(policy === undefined ? {} : { image_pull_policy: policy }),
      ...(network === undefined ? {} : { network_mode: network }),
      ...(textsOf(volumes).length === 0 ? {} : { volumes: textsOf(volumes) }),
      ...(isRecord(env) ? { env: textFields(env) } : {}),
      ...(memory === undefined ? {} : { memory_limit: memory }),
      ...(typeof autoRemove === "boolean" ? { auto_remove: autoRemove } : {}),
    },
  };
}

/** With variables read; what is wrong, where one is not set. */
function plainOf(
  data: Readonly<Record<string, unknown>>,
  environment: Environment,
): Readonly<Record<string, unknown>> | string {
  const plain: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(data)) {
    const read = isRecord(value) && !isEnvironmentReference(value) ? plainOf(value, environment) : value;
    if (!isEnvironmentReference(read)) {
      if (typeof read === "string" && read !== value) return read;
      plain[name] = read;
      continue;
    }
    plain[name] = environment[read.$env];
    if (plain[name] === undefined) return `${name} is the environment variable ${read.$env}, which is not set.`;
  }
  return plain;
}

const textsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];

function textFields(value: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, each]) => (typeof each === "string" ? [[name, each]] : [])),
  );
}

/** "512m" */
function mebibytesOf(limit: unknown): number | undefined {
  const [, digits, unit = ""] = /^(\d+)([bkmg]?)$/i.exec(typeof limit === "string" ? limit : "") ?? [];
  const bytes = bytesOf[unit.toLowerCase()];
  return digits === undefined || bytes === undefined ? undefined : Math.ceil((Number(digits) * bytes) / mebibyte);
}
