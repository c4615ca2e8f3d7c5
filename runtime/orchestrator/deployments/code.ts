/** Which code a version runs: found when it is deployed, so that a later edit does not change what runs at night. */
import { existsSync } from "node:fs";
import path from "node:path";
import type { DeploymentCode, DeploymentSettings } from "../../protocol/deployments.ts";
import { MillraceError } from "../../protocol/errors.ts";
import { checkOut } from "../../worker/git-code.ts";
import type { Modules } from "../../worker/modules.ts";
import type { Core } from "../core.ts";
import { codeSecret } from "../pools/code-secret.ts";
import { findCommit, isAddress, isFolder, placeInClone, withCommit } from "./commits.ts";

type HomeCore = Pick<Core, "disk" | "home" | "system">;

export interface CodeOptions {
  readonly core: HomeCore;
  readonly modules: Modules;
  /** Nothing is kept: what would be is only told. */
  readonly dry: boolean;
}

export interface Pinned {
  readonly code: DeploymentCode;
  /** Where the flow is looked at: its own file, or the same in this home's copy of a repository that is elsewhere. */
  readonly file: string;
}

/** @throws MillraceError "bad-parameters" with the field of a git source, "load-failed" for code that does not parse. */
export async function pinCode(settings: DeploymentSettings, options: CodeOptions): Promise<Pinned> {
  const { modules, dry } = options;
  const file = settings.flow_file;
  const wanted = settings.code ?? ((settings.schedules ?? []).length > 0 ? "snapshot" : "working-copy");
  if (wanted === "working-copy") return { code: { type: "working-copy" }, file };
  if (wanted === "snapshot") return { code: { type: "snapshot", hash: await modules.snapshot(file, { dry }) }, file };
  if (isAddress(wanted.git)) return pinElsewhere(wanted, file, options);
  return { code: await pinCommit(wanted, file, options), file };
}

type GitSettings = Extract<DeploymentSettings["code"], { git: string }>;

async function pinCommit(wanted: GitSettings, file: string, options: CodeOptions): Promise<DeploymentCode> {
  const { core, modules, dry } = options;
  const { git: repository, reference = "HEAD", credentials = null } = wanted;
  if (!isFolder(repository)) {
    const hint = "give the absolute path of a clone, or an address as https://…, ssh://… or git@host:…";
    throw refused("code.git", `"${repository}" is no folder of this machine: ${hint}`);
  }
  const found = await findCommit(repository, reference);
  const inside = wanted.path ?? path.relative(found.folder, file);
  if (inside.startsWith("..") || path.isAbsolute(inside)) {
    throw refused("code.git", `${file} does not lie in the repository ${found.folder}`);
  }
  const snapshot = await withCommit(core.home, found, (files) =>
    modules.snapshot(path.join(files, inside), {
      dry,
      place: (each) => path.join(found.folder, path.relative(files, each)),
    }),
  ).catch((thrown: unknown) => {
    const missing = typeof thrown === "object" && thrown !== null && "code" in thrown && thrown.code === "ENOENT";
    if (!missing) throw thrown;
    throw refused(
      "code.path",
      `the commit ${found.commit.slice(0, 10)} has no file ${inside}: commit it first`,
      thrown,
    );
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

/**
 * The commit that the reference is there now. The repository is fetched into this home too: what the flow takes is read
 * from that commit, and a token that is not valid is known before the first run.
 */
async function pinElsewhere(wanted: GitSettings, file: string, options: CodeOptions): Promise<Pinned> {
  const { git: repository, reference = "HEAD", credentials = null } = wanted;
  const { username = "", password = "" } = URL.parse(repository) ?? {};
  if (password !== "" || (username !== "" && /^https?:/i.test(repository))) {
    throw refused("code.git", "the address has credentials in it: save them as a GitHubRepository block and name that");
  }
  const inside = wanted.path ?? (await placeInClone(file));
  if (inside === undefined) throw refused("code.path", `${file} is in no clone: say where in the repository it lies`);
  const code = {
    type: "git",
    ...{ repository, reference, commit: null, credentials, snapshot: null },
    path: inside.replaceAll("\\", "/"),
  } as const;
  const { commit, file: found } = await fetchCode(code, options.core);
  return { code: { ...code, commit }, file: found };
}

type GitCode = Extract<DeploymentCode, { readonly type: "git" }>;

async function fetchCode(code: GitCode, core: HomeCore) {
  const { repository, credentials } = code;
  const token = credentials === null ? undefined : codeSecret(core, credentials);
  if (credentials !== null && token === undefined) {
    throw refused("code.credentials", `there is no GitHubRepository block "${credentials}" with an access token`);
  }
  const reference = code.commit ?? code.reference;
  const { folder, commit } = await checkOut({ home: core.home, repository, reference, token }).catch(
    (thrown: unknown) => {
      if (!(thrown instanceof MillraceError)) throw thrown;
      throw refused(thrown.fields[0]?.path ?? "code.git", thrown.message.replace(/\.$/, ""), thrown);
    },
  );
  const file = path.join(folder, ...code.path.split("/"));
  if (!file.startsWith(folder + path.sep)) throw refused("code.path", `"${code.path}" leads out of the repository`);
  if (!existsSync(file)) {
    throw refused(
      "code.path",
      `the commit ${commit.slice(0, 10)} of ${repository} has no file ${code.path}: push it first`,
    );
  }
  return { commit, file };
}

/** Where what a deployment's runs load can be looked at on this machine. */
export async function lookedAt(
  core: HomeCore,
  { flow_file, code }: { readonly flow_file: string; readonly code: DeploymentCode },
): Promise<string> {
  const isElsewhere = code.type === "git" && snapshotOf(code) === undefined;
  return isElsewhere ? (await fetchCode(code, core)).file : flow_file;
}

function refused(field: string, message: string, cause?: unknown): MillraceError {
  return new MillraceError("bad-parameters", `${field}: ${message}.`, {
    ...(cause === undefined ? {} : { cause }),
    fields: [{ path: field, message }],
  });
}

/** The snapshot that a version's runs load; undefined for the working copy. */
export function snapshotOf(code: DeploymentCode): string | undefined {
  if (code.type === "snapshot") return code.hash;
  return code.type === "git" ? (code.snapshot ?? undefined) : undefined;
}
