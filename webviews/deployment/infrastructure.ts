/** The fields of an infrastructure: the same form as that of parameters, over schemas of our own. Pure. */
import type { Infrastructure } from "../../runtime/protocol/deployments.ts";
import type { JsonSchema } from "../form/schema.ts";
import type { Values } from "../form/values.ts";

const env = {
  type: "array",
  title: "Environment",
  description: "Variables as NAME=value. Secrets belong into blocks.",
  items: { type: "string" },
};
const memory_limit = { type: "integer", title: "Memory limit", description: "Mebibytes.", minimum: 1 };

export const infrastructureSchemas: Readonly<Record<Infrastructure["type"], JsonSchema>> = {
  process: {
    type: "object",
    properties: {
      env,
      working_dir: { type: "string", title: "Working directory", description: "The flow's project when left out." },
      memory_limit,
    },
  },
  docker: {
    type: "object",
    required: ["image"],
    properties: {
      image: { type: "string", title: "Image", description: "One that has Millrace in it." },
      image_pull_policy: { type: "string", title: "Pull", enum: ["always", "if-not-present", "never"] },
      network_mode: { type: "string", title: "Network" },
      volumes: {
        type: "array",
        title: "Mounts",
        description: "source:target, or source:target:ro",
        items: { type: "string" },
      },
      env,
      memory_limit,
      cpus: { type: "number", title: "CPUs", exclusiveMinimum: 0 },
      auto_remove: { type: "boolean", title: "Remove the container when the run has ended", default: true },
      block: { type: "string", title: "Block", description: "docker-container/name: gives what is left out here." },
    },
  },
};

/** As the form holds it: variables are a list of texts there. */
export function infrastructureValues(infrastructure: Infrastructure | undefined): Values {
  if (infrastructure === undefined) return {};
  const { type: _, env: variables, ...rest } = infrastructure;
  if (variables === undefined) return rest;
  return { ...rest, env: Object.entries(variables).map(([name, value]) => `${name}=${value}`) };
}

export function infrastructureSettings(values: Values): Values {
  const { env: variables, ...rest } = values;
  const given = Object.entries(rest).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const pairs = Array.isArray(variables)
    ? variables.flatMap((text: unknown): [string, string][] => {
        const at = typeof text === "string" ? text.indexOf("=") : -1;
        return typeof text === "string" && at > 0 ? [[text.slice(0, at).trim(), text.slice(at + 1)]] : [];
      })
    : [];
  return { ...Object.fromEntries(given), ...(pairs.length === 0 ? {} : { env: Object.fromEntries(pairs) }) };
}
