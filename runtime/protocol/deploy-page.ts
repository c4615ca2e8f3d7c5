/** What the Deploy page and its host in the editor say to each other about one deployment. */
import type {
  Deployment,
  DeploymentCode,
  DeploymentDrift,
  DeploymentPlan,
  DeploymentSettings,
  WorkPool,
} from "./deployments.ts";
import type { FlowTarget } from "./language.ts";

/** What a page says of a deployment. Whose flow it is, and where it stands, the host knows. */
export type DeployDraft = Omit<DeploymentSettings, "flow_file" | "flow_export" | "cwd" | "declared_in">;

/** What the host knows of the deployment of a page: at first, and when it changes. */
export interface KnownDeployment {
  /** The flow; null when the deployment is not here any more. */
  readonly target: FlowTarget | null;
  /** As it is deployed in this home. */
  readonly deployment: Deployment | null;
  /** As the millrace.json says; null when none declares it. */
  readonly declared: DeployDraft | null;
  /** The millrace.json that declares it, or that it would be written to; null in a file outside of all folders. */
  readonly file: { readonly path: string; readonly exists: boolean; readonly problem: string | null } | null;
  readonly drift: readonly DeploymentDrift[];
  readonly pools: readonly WorkPool[];
  /** Of the other deployments of the flow. */
  readonly names: readonly string[];
  /** What was typed into a page of it that was closed since, as that page gave it; null when nothing was. */
  readonly typed?: unknown;
  /** Deployments were read at least once. */
  readonly isKnown: boolean;
}

/** What deploying a draft would do, or did. */
export interface DraftPlan {
  /** Null when nobody could be asked: the service is away or the flow cannot be loaded (`problem` says why). */
  readonly plan: DeploymentPlan | null;
  readonly problem: string | null;
  /** What would be written to the millrace.json; null when the draft is for this computer only. */
  readonly file: {
    readonly path: string;
    readonly exists: boolean;
    readonly added: number;
    readonly removed: number;
  } | null;
}

export interface DraftInput {
  readonly settings: DeployDraft;
  /** It is written to the millrace.json. */
  readonly declare: boolean;
}

/** A deployment of this home as a page begins with it. */
export function draftOf(deployment: Deployment): DeployDraft {
  const { name, description, tags, parameters, schedules, paused, work_pool_name, work_queue_name } = deployment;
  const { infrastructure, code, concurrency_limit, collision_strategy, keep_running, crash_retries } = deployment;
  return {
    ...{ name, description, tags, parameters, paused, work_pool_name, work_queue_name, infrastructure },
    ...{ concurrency_limit, collision_strategy, keep_running, crash_retries },
    schedules: schedules.map(({ id: _id, ...schedule }) => schedule),
    code: codeOf(code),
  };
}

function codeOf(code: DeploymentCode): NonNullable<DeployDraft["code"]> {
  if (code.type !== "git") return code.type;
  const { repository: git, reference, path, credentials } = code;
  return { git, reference, path, ...(credentials === null ? {} : { credentials }) };
}
