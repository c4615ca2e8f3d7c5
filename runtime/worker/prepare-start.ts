/** What must be so before a runner can start: the code is there, the environment is that of the infrastructure. */
import path from "node:path";
import type { DeploymentCode, Infrastructure } from "../protocol/deployments.ts";
import { toErrorRecord } from "../protocol/error-record.ts";
import { exitCodes, MillraceError } from "../protocol/errors.ts";
import type { StartRequest } from "../protocol/live.ts";
import { checkOut } from "./git-code.ts";
import type { NoRun } from "./worker.ts";

/** The token of a block that a run's repository is fetched with, "github-repository/name". */
export type SecretOf = (block: string, runId: string) => Promise<string | undefined>;

export interface PrepareOptions {
  readonly home: string;
  readonly start: StartRequest;
  readonly code: DeploymentCode | undefined;
  readonly infrastructure: Infrastructure | undefined;
  readonly secretOf: SecretOf;
  /** Has the blocks in this home as they are now, with their secrets; where it is not the home that they are saved in. */
  readonly provideBlocks?: (() => Promise<void>) | undefined;
  /** Has a code snapshot in this home; where the home is not the one that it was made in. */
  readonly provideSnapshot?: ((hash: string) => Promise<void>) | undefined;
}

/** Never rejects: what goes wrong is why there is no run. */
export async function prepareStart(options: PrepareOptions): Promise<{ readonly start: StartRequest } | NoRun> {
  try {
    refuseUnread(options.infrastructure);
    await options.provideBlocks?.();
    if (options.start.snapshot !== undefined) await options.provideSnapshot?.(options.start.snapshot);
    return { start: inInfrastructure(await withCode(options), options.infrastructure) };
  } catch (thrown) {
    const exit_code = thrown instanceof MillraceError ? thrown.exitCode : exitCodes.failed;
    const refusal = { error: toErrorRecord(thrown), exit_code };
    return { refusal, end: undefined, output: undefined, error: undefined };
  }
}

async function withCode({ home, start, code, secretOf }: PrepareOptions): Promise<StartRequest> {
  if (code?.type !== "git") return start;
  const { folder, commit } = await checkOut({
    home,
    repository: code.repository,
    reference: code.commit ?? code.reference,
    token: code.credentials === null ? undefined : await tokenOf(code.credentials, start.run_id, secretOf),
  });
  const file = path.join(folder, ...code.path.split("/"));
  if (!file.startsWith(folder + path.sep)) {
    throw new MillraceError("bad-file", `code.path: "${code.path}" leads out of the repository.`);
  }
  return { ...start, file, cwd: folder, flow_version: commit };
}

/** Without its token a private repository looks as if it were not there. */
async function tokenOf(block: string, runId: string, secretOf: SecretOf): Promise<string> {
  const token = await secretOf(block, runId);
  if (token !== undefined) return token;
  throw new MillraceError(
    "not-found",
    `code.credentials: the token of the block "${block}" cannot be had on this machine.`,
  );
}

/** The orchestrator puts its fields in a block's place: where the name still stands, it could not. */
function refuseUnread(infrastructure: Infrastructure | undefined): void {
  if (infrastructure?.type !== "docker" || infrastructure.block === undefined) return;
  throw new MillraceError(
    "not-found",
    `infrastructure.block: the block "${infrastructure.block}" is gone, or no container can be made of what it says now. ` +
      "Save it again, or deploy without it.",
  );
}

function inInfrastructure(start: StartRequest, infrastructure: Infrastructure | undefined): StartRequest {
  if (infrastructure === undefined) return start;
  const environment = { ...infrastructure.env, ...start.environment };
  const cwd = infrastructure.type === "process" ? infrastructure.working_dir : undefined;
  return {
    ...start,
    ...(Object.keys(environment).length === 0 ? {} : { environment }),
    ...(cwd === undefined ? {} : { cwd: path.resolve(start.cwd, cwd) }),
  };
}
