import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { test } from "node:test";
import { checkOut } from "../../../runtime/worker/git-code.ts";
import { temporaryFolder } from "../../support/places.ts";

const hasGit = (() => {
  try {
    execFileSync("git", ["--version"]);
    return true;
  } catch {
    return false;
  }
})();
const options = hasGit ? {} : { skip: "there is no git on this machine" };

/** A real repository with a commit, a tag and a branch. */
function repository(folder: string) {
  const at = path.join(folder, "work");
  mkdirSync(at, { recursive: true });
  const git = (...words: string[]): string =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...words], {
      cwd: at,
      encoding: "utf8",
      env: { ...process.env, GIT_CONFIG_GLOBAL: "", GIT_CONFIG_NOSYSTEM: "1" },
    }).trim();
  const commit = (text: string): string => {
    writeFileSync(path.join(at, "flow.ts"), text);
    git("add", ".");
    git("commit", "--quiet", "-m", text);
    return git("rev-parse", "HEAD");
  };
  git("init", "--quiet", "--initial-branch=main");
  return { at, git, commit };
}

function read(folder: string): string {
  return readFileSync(path.join(folder, "flow.ts"), "utf8");
}

test("should check out a branch, a tag or a commit, and follow a branch that moves", options, async (t) => {
  const folder = temporaryFolder(t);
  const home = path.join(folder, "home");
  const { at, git, commit } = repository(folder);
  const first = commit("one");
  git("tag", "v1");
  const get = (reference: string) => checkOut({ home, repository: at, reference, token: undefined });
  assert.equal((await get("main")).commit, first);
  const second = commit("two");
  const [branch, tag] = await Promise.all([get("main"), get("v1")]);
  assert.deepEqual([branch.commit, read(branch.folder)], [second, "two"]);
  assert.deepEqual([tag.commit, read(tag.folder)], [first, "one"]);
  assert.equal(read((await get(first)).folder), "one");
  git("checkout", "--quiet", "-b", "feature/x");
  assert.equal((await get("feature/x")).commit, second);
  // One mirror, a work tree for each commit, and nothing half-made.
  assert.equal(readdirSync(path.join(home, "git")).length, 3);
  assert.equal(existsSync(path.join(tag.folder, ".git")), false);
});

test("should need the repository no more for a commit that is there", options, async (t) => {
  const folder = temporaryFolder(t);
  const home = path.join(folder, "home");
  const { at, commit } = repository(folder);
  const first = commit("one");
  await checkOut({ home, repository: at, reference: first, token: undefined });
  const mirror = readdirSync(path.join(home, "git")).find((name) => name.endsWith(".git")) ?? "";
  const config = path.join(home, "git", mirror, "config");
  writeFileSync(config, readFileSync(config, "utf8").replaceAll(at, path.join(folder, "gone")));
  assert.equal((await checkOut({ home, repository: at, reference: first, token: undefined })).commit, first);
  await assert.rejects(checkOut({ home, repository: at, reference: "main", token: undefined }), {
    code: "load-failed",
    message: /git fetch failed for the repository/,
  });
});

test("should say which branch, tag or commit is not there", options, async (t) => {
  const folder = temporaryFolder(t);
  const { at, commit } = repository(folder);
  commit("one");
  await assert.rejects(
    checkOut({ home: path.join(folder, "home"), repository: at, reference: "--upload-pack=x", token: undefined }),
    { code: "load-failed", message: /has no branch, tag or commit "--upload-pack=x"/ },
  );
});

test("should say that git is missing", options, async (t) => {
  const folder = temporaryFolder(t);
  await assert.rejects(
    checkOut({
      home: path.join(folder, "home"),
      repository: folder,
      reference: "main",
      token: undefined,
      environment: { PATH: folder },
    }),
    { message: /git is not on the PATH/ },
  );
});

test("should give the token to its server alone, and leave it in no file, argument or message", options, async (t) => {
  const folder = temporaryFolder(t);
  const home = path.join(folder, "home");
  const { at, git, commit } = repository(folder);
  commit("one");
  const bare = path.join(folder, "served.git");
  git("clone", "--bare", "--quiet", at, bare);
  execFileSync("git", ["update-server-info"], { cwd: bare });
  const token = "ghp_averysecrettoken";
  const expected = `Basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`;
  const seen: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers.authorization);
    const file = path.join(folder, (request.url ?? "").split("?")[0] ?? "");
    const isFile = existsSync(file) && statSync(file).isFile();
    if (request.headers.authorization !== expected) response.writeHead(401, { "www-authenticate": "Basic" }).end();
    else if (isFile) response.end(readFileSync(file));
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  const repositoryUrl = `http://127.0.0.1:${port}/served.git`;
  const found = await checkOut({ home, repository: repositoryUrl, reference: "main", token });
  assert.equal(read(found.folder), "one");
  assert.ok(seen.includes(expected));
  const files = readdirSync(home, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  for (const each of files) {
    const text = readFileSync(path.join(each.parentPath, each.name), "latin1");
    assert.equal(text.includes(token) || text.includes(expected.slice(6)), false, each.name);
  }
  const wrong = checkOut({ home, repository: `${repositoryUrl}x`, reference: "main", token });
  await assert.rejects(
    wrong,
    (error: Error) => !error.message.includes(token) && /git clone failed/.test(error.message),
  );
});
