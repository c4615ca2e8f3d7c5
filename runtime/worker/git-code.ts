/**
 * Code out of git repositories: one bare mirror for each repository under the home, fetched when a commit is not there
 * yet, and a work tree for each commit that runs, which is never changed again.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { MillraceError } from "../protocol/errors.ts";
import { newId } from "../protocol/ids.ts";
import { redact, rememberSecret } from "../system/redaction.ts";

export interface CheckOut {
  readonly home: string;
  /** What `git clone` takes: an address or a folder. */
  readonly repository: string;
  /** A branch, a tag, or a whole commit id. */
  readonly reference: string;
  /** For https addresses. */
  readonly token: string | undefined;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

export interface CheckedOut {
  readonly folder: string;
  readonly commit: string;
}

/** Milliseconds for one call of git; a clone of a large repository over a slow line takes minutes. */
const gitWithin = 10 * 60_000;

const wholeCommit = /^[0-9a-f]{40}([0-9a-f]{24})?$/;

/** Two runs that need one repository at the same time fetch it once. */
const underWay = new Map<string, Promise<unknown>>();

/** @throws MillraceError "load-failed" that says what git said, or that there is no git. */
export async function checkOut(given: CheckOut): Promise<CheckedOut> {
  const { home, repository, reference } = given;
  const name = createHash("sha256").update(repository).digest("hex").slice(0, 16);
  const mirror = path.join(home, "git", `${name}.git`);
  const before = underWay.get(mirror) ?? Promise.resolve();
  const made = before
    .catch(() => undefined)
    .then(async () => {
      const known = wholeCommit.test(reference) && (await hasCommit(given, mirror, reference));
      if (!known) await fetchMirror(given, mirror);
      const commit = await resolveCommit(given, mirror);
      const folder = path.join(home, "git", `${name}-${commit.slice(0, 16)}`);
      if (!existsSync(folder)) await makeWorkTree(given, mirror, commit, folder);
      return { folder, commit };
    });
  underWay.set(mirror, made);
  try {
    return await made;
  } finally {
    if (underWay.get(mirror) === made) underWay.delete(mirror);
  }
}

async function hasCommit(given: CheckOut, mirror: string, commit: string): Promise<boolean> {
  if (!existsSync(mirror)) return false;
  return git(given, ["--git-dir", mirror, "cat-file", "-e", `${commit}^{commit}`]).then(
    () => true,
    () => false,
  );
}

async function fetchMirror(given: CheckOut, mirror: string): Promise<void> {
  if (existsSync(mirror)) {
    await git(given, ["--git-dir", mirror, "fetch", "--prune", "--quiet", "origin"]);
    return;
  }
  mkdirSync(path.dirname(mirror), { recursive: true, mode: 0o700 });
  // A clone that was cut off is not taken for one: it gets its name when it is whole.
  const fresh = `${mirror}.${newId()}.tmp`;
  try {
    await git(given, ["clone", "--mirror", "--quiet", "--", given.repository, fresh]);
    renameSync(fresh, mirror);
  } catch (thrown) {
    rmSync(fresh, { recursive: true, force: true });
    throw thrown;
  }
}

async function resolveCommit(given: CheckOut, mirror: string): Promise<string> {
  const { reference, repository } = given;
  const candidates = wholeCommit.test(reference)
    ? [reference]
    : [`refs/heads/${reference}`, `refs/tags/${reference}`, reference];
  for (const candidate of candidates) {
    const found = await git(given, [
      "--git-dir",
      mirror,
      "rev-parse",
      "--verify",
      "--quiet",
      "--end-of-options",
      `${candidate}^{commit}`,
    ]).catch((thrown: unknown) => {
      if (thrown instanceof MillraceError && thrown.code === "load-failed") return undefined;
      throw thrown;
    });
    if (found !== undefined) return found.trim();
  }
  throw new MillraceError(
    "load-failed",
    `The repository ${shown(repository)} has no branch, tag or commit "${reference}": look at its name, or push it.`,
    { fields: [{ path: "code.reference", message: `"${reference}" is no branch, tag or commit of it` }] },
  );
}

async function makeWorkTree(given: CheckOut, mirror: string, commit: string, folder: string): Promise<void> {
  const fresh = `${folder}.${newId()}.tmp`;
  try {
    mkdirSync(fresh, { recursive: true, mode: 0o700 });
    const words = ["--git-dir", mirror, "--work-tree", fresh, "checkout", "--quiet", "--force", commit, "--", "."];
    // The mirror has no work tree, so what its index would say of one is of another.
    await git(given, words, { GIT_INDEX_FILE: `${fresh}.index` });
    renameSync(fresh, folder);
  } catch (thrown) {
    rmSync(fresh, { recursive: true, force: true });
    if (existsSync(folder)) return;
    throw thrown;
  } finally {
    rmSync(`${fresh}.index`, { force: true });
  }
}

/**
 * The token travels in the environment of git, as the value of a header for this repository alone: nothing of it stands
 * in the arguments, which everybody on the machine can read, or in the mirror's configuration.
 */
function gitEnvironment({ repository, token, environment = process.env }: CheckOut): Record<string, string> {
  const clean = Object.entries(environment).flatMap(([name, value]) =>
    value === undefined || name.startsWith("GIT_") ? [] : [[name, value] as const],
  );
  const base = { ...Object.fromEntries(clean), GIT_TERMINAL_PROMPT: "0", GCM_INTERACTIVE: "never", LC_ALL: "C" };
  if (token === undefined || !/^https?:/.test(repository)) return base;
  const basic = Buffer.from(`x-access-token:${token}`).toString("base64");
  rememberSecret(token);
  rememberSecret(basic);
  const { origin } = new URL(repository);
  return {
    ...base,
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: `http.${origin}/.extraHeader`,
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}`,
  };
}

function git(given: CheckOut, words: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      "git",
      [...words],
      {
        env: { ...gitEnvironment(given), ...more },
        timeout: gitWithin,
        maxBuffer: 16 * 1024 * 1024,
        windowsHide: true,
        encoding: "utf8",
      },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(gitError(given.repository, words, error, stderr));
      },
    );
  });
}

function gitError(repository: string, words: readonly string[], error: Error, stderr: string): MillraceError {
  if ("code" in error && error.code === "ENOENT") {
    return new MillraceError(
      "load-failed",
      "The program git is not on the PATH of this machine, and code out of a repository needs it: install git.",
    );
  }
  const verb = words.find((word) => !word.startsWith("-") && !path.isAbsolute(word)) ?? "git";
  const said = redact(stderr.trim().split("\n").slice(-3).join(" ")) || "it was ended";
  return new MillraceError("load-failed", `git ${verb} failed for the repository ${shown(repository)}: ${said}`);
}

/** An address without what may be a password in it. */
function shown(repository: string): string {
  const url = URL.parse(repository);
  if (url === null || (url.username === "" && url.password === "")) return repository;
  url.username = "";
  url.password = "";
  return url.href;
}
