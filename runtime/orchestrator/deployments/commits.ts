/** Commits of git repositories on this machine: which one a reference is, and its files for a moment. */
import { execFile } from "node:child_process";
import { mkdirSync, realpathSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { MillraceError, toError } from "../../protocol/errors.ts";
import { homePaths } from "../../protocol/home.ts";
import { newId } from "../../protocol/ids.ts";

const run = promisify(execFile);

export interface Commit {
  /** The top folder of the repository. */
  readonly folder: string;
  readonly commit: string;
}

/** "https://…", "file:///…", "git@host:…": whoever runs the code fetches it. */
export function isAddress(repository: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(repository) || /^[\w.-]+@[\w.-]+:/.test(repository);
}

/** Path of the file within the clone that it lies in; undefined where it lies in none. */
export async function placeInClone(file: string): Promise<string | undefined> {
  const top = await git(path.dirname(file), ["rev-parse", "--show-toplevel"]).catch(() => undefined);
  return top === undefined ? undefined : path.relative(path.resolve(top), file);
}

/** Whether the text names a folder of this machine. */
export function isFolder(repository: string): boolean {
  return path.isAbsolute(repository) && (statSync(repository, { throwIfNoEntry: false })?.isDirectory() ?? false);
}

/** @throws MillraceError "bad-parameters" that names `code.git` or `code.reference`. */
export async function findCommit(repository: string, reference: string): Promise<Commit> {
  const folder = await git(repository, ["rev-parse", "--show-toplevel"]).catch((thrown: unknown) => {
    throw refused("code.git", `${repository} is in no git repository that can be read (${firstLine(thrown)})`, thrown);
  });
  const commit = await git(repository, ["rev-parse", "--verify", "--end-of-options", `${reference}^{commit}`]).catch(
    (thrown: unknown) => {
      throw refused("code.reference", `"${reference}" is no branch, tag or commit of ${folder}`, thrown);
    },
  );
  return { folder: path.resolve(folder), commit };
}

/** Puts the commit's files into a folder of their own while `work` goes on. */
export async function withCommit<T>(
  home: string,
  { folder, commit }: Commit,
  work: (at: string) => Promise<T>,
): Promise<T> {
  const at = path.join(homePaths.snapshots(home), `.commit-${newId()}`);
  mkdirSync(at, { recursive: true, mode: 0o700 });
  const files = path.join(at, "files");
  mkdirSync(files);
  try {
    // An index of its own: what is staged in the repository stays as it is.
    const env = { ...process.env, GIT_INDEX_FILE: path.join(at, "index") };
    await git(folder, ["read-tree", commit], env);
    await git(folder, ["checkout-index", "--all", `--prefix=${files}${path.sep}`], env);
    return await work(realpathSync.native(files));
  } finally {
    rmSync(at, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function git(cwd: string, given: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const { stdout } = await run("git", [...given], { cwd, env, windowsHide: true, maxBuffer: 16 * 1024 * 1024 });
  return stdout.trim();
}

function firstLine(thrown: unknown): string {
  const { message } = toError(thrown);
  const missing = typeof thrown === "object" && thrown !== null && "code" in thrown && thrown.code === "ENOENT";
  return missing ? "git is not installed" : (/^fatal: (.*)$/m.exec(message)?.[1] ?? message.split("\n")[0] ?? message);
}

function refused(field: string, message: string, cause: unknown): MillraceError {
  return new MillraceError("bad-parameters", `${field}: ${message}.`, { cause, fields: [{ path: field, message }] });
}
