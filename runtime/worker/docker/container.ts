/** What a run's container is made of. Pure. */
import path from "node:path";
import type { Infrastructure } from "../../protocol/deployments.ts";
import type { StartRequest } from "../../protocol/live.ts";

/** As it is when all that may give its image has been asked. */
export type DockerInfrastructure = Extract<Infrastructure, { readonly type: "docker" }> & { readonly image: string };

/** The body of POST /containers/create, in the engine's own spelling. */
export interface ContainerSpec {
  readonly Image: string;
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly Env: readonly string[];
  readonly WorkingDir: string;
  readonly User?: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly HostConfig: {
    readonly Binds: readonly string[];
    readonly NetworkMode?: string;
    readonly Memory?: number;
    readonly MemorySwap?: number;
    readonly NanoCpus?: number;
  };
}

export interface ContainerOptions {
  readonly start: StartRequest;
  readonly infrastructure: DockerInfrastructure;
  /** The worker's home: at the same path inside, so that the journal is written where the worker looks for it. */
  readonly home: string;
  /** The programs: the worker's own, so that they are of one version. */
  readonly dist: string;
  /** "1000:1000": who writes into the home; undefined where root inside is the worker outside. */
  readonly user: string | undefined;
  /** File that tells why there is no run. */
  readonly refusal: string;
  readonly worker: string;
}

export const startVariable = "MILLRACE_START";
export const refusalVariable = "MILLRACE_REFUSAL";
export const runLabel = "millrace.run";
export const workerLabel = "millrace.worker";
const programs = "/opt/millrace/dist";
const mebibyte = 1024 * 1024;

export function containerSpec(options: ContainerOptions): ContainerSpec {
  const { start, infrastructure, home, dist, user, refusal, worker } = options;
  const { image, network_mode, memory_limit, cpus, volumes = [] } = infrastructure;
  // The pool's variables are in the request; here they would be seen by whoever may look at containers.
  const env = { MILLRACE_HOME: home, [startVariable]: JSON.stringify(start), [refusalVariable]: refusal };
  const memory = memory_limit === undefined ? undefined : memory_limit * mebibyte;
  return {
    Image: image,
    Entrypoint: [],
    Cmd: ["node", `${programs}/millrace.cjs`, "__runner", "once"],
    Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    WorkingDir: start.cwd,
    ...(user === undefined ? {} : { User: user }),
    Labels: { [runLabel]: start.run_id, [workerLabel]: worker },
    HostConfig: {
      Binds: binds({ start, home, dist, volumes }),
      ...(network_mode === undefined ? {} : { NetworkMode: network_mode }),
      ...(memory === undefined ? {} : { Memory: memory, MemorySwap: memory }),
      ...(cpus === undefined ? {} : { NanoCpus: Math.round(cpus * 1e9) }),
    },
  };
}

/** The home, the programs, and the folders of the code unless the user mounts something at their place. */
function binds({
  start,
  home,
  dist,
  volumes,
}: Pick<ContainerOptions, "start" | "home" | "dist"> & { readonly volumes: readonly string[] }): string[] {
  const targets = volumes.map((volume) => volume.split(":")[1] ?? "");
  const isThere = (folder: string): boolean => [home, ...targets].some((target) => isInside(folder, target));
  const code = [start.cwd, path.dirname(start.file)].filter(
    (folder) => !isThere(folder) && folder !== path.parse(folder).root,
  );
  const outer = [...new Set(code)].filter(
    (folder) => !code.some((other) => other !== folder && isInside(folder, other)),
  );
  return [`${home}:${home}`, `${dist}:${programs}:ro`, ...outer.map((folder) => `${folder}:${folder}`), ...volumes];
}

function isInside(folder: string, outer: string): boolean {
  return outer !== "" && (folder === outer || folder.startsWith(outer.endsWith(path.sep) ? outer : outer + path.sep));
}
