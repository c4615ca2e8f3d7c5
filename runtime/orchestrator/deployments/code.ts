/** Which code a version runs: found when it is deployed, so that a later edit does not change what runs at night. */
import path from "node:path";
import type { DeploymentCode, DeploymentSettings } from "../../protocol/deployments.ts";
import { MillraceError } from "../../protocol/errors.ts";
import type { Modules } from "../../worker/modules.ts";
import { findCommit, isFolder, withCommit } from "./commits.ts";

export interface CodeOptions {
  readonly home: string;
  readonly modules: Modules;
  /** Nothing is kept: what would be is only told. */
  readonly dry: boolean;
}

/** @throws MillraceError "bad-parameters" with the field of a git source, "load-failed" for code that does not parse. */
export async function pinCode(settings: DeploymentSettings, options: CodeOptions): Promise<DeploymentCode> {
  const { modules, dry } = options;
  const file = settings.flow_file;
  const wanted = settings.code ?? ((settings.schedules ?? []).length > 0 ? "snapshot" : "working-copy");
  if (wanted === "working-copy") return { type: "working-copy" };
  if (wanted === "snapshot") return { type: "snapshot", hash: await modules.snapshot(file, { dry }) };
  return pinCommit(wanted, file, options);
}

type GitSettings = Extract<DeploymentSettings["code"], { git: string }>;

async function pinCommit(wanted: GitSettings, file: string, options: CodeOptions): Promise<DeploymentCode> {
  const { home, modules, dry } = options;
  const { git: repository, reference = "HEAD", credentials = null } = wanted;
  if (!isFolder(repository)) {
    const message = `"${repository}" is no folder of this machine: give the absolute path of a clone`;
    throw new MillraceError("bad-parameters", `code.git: ${message}.`, { fields: [{ path: "code.git", message }] });
  }
  const found = await findCommit(repository, reference);
  const inside = wanted.path ?? path.relative(found.folder, file);
  if (inside.startsWith("..") || path.isAbsolute(inside)) {
    const message = `${file} does not lie in the repository ${found.folder}`;
    throw new MillraceError("bad-parameters", `code.git: ${message}.`, { fields: [{ path: "code.git", message }] });
  }
  const snapshot = await withCommit(home, found, (files) =>
    modules.snapshot(path.join(files, inside), {
      dry,
      place: (each) => path.join(found.folder, path.relative(files, each)),
    }),
  ).catch((thrown: unknown) => {
    const missing = typeof thrown === "object" && thrown !== null && "code" in thrown && thrown.code === "ENOENT";
    if (!missing) throw thrown;
    const message = `the commit ${found.commit.slice(0, 10)} has no file ${inside}: commit it first`;
    throw new MillraceError("bad-parameters", `code.path: ${message}.`, {
      cause: thrown,
      fields: [{ path: "code.path", message }],
    });
  });
  return {
    type: "git",
    repository: found.folder,
    reference,
    commit: found.commit,
    path: inside.replaceAll("\\", "/"),
    credentials,
    snapshot,
  };
}

/** The snapshot that a version's runs load; undefined for the working copy. */
export function snapshotOf(code: DeploymentCode): string | undefined {
  if (code.type === "snapshot") return code.hash;
  return code.type === "git" ? (code.snapshot ?? undefined) : undefined;
}
