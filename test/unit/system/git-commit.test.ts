import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { commitAt } from "../../../runtime/system/git-commit.ts";
import { temporaryFolder } from "../../support/places.ts";

const [one, other] = ["1".repeat(40), "2".repeat(40)];

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
}

test("should tell the commit and branch of the repository around a folder", (t) => {
  const folder = temporaryFolder(t);
  write(folder, { ".git/HEAD": "ref: refs/heads/feature/taxi\n", "flows/etl.ts": "" });
  const flows = path.join(folder, "flows");
  assert.equal(commitAt(flows), undefined, "before its first commit");
  write(folder, { ".git/packed-refs": `# pack-refs\n${one} refs/heads/feature/taxi\n${other} refs/heads/main\n` });
  assert.deepEqual(commitAt(flows), { id: one, branch: "feature/taxi" });
  write(folder, { ".git/refs/heads/feature/taxi": `${other}\n` });
  assert.deepEqual(commitAt(flows), { id: other, branch: "feature/taxi" });
  write(folder, { ".git/HEAD": `${one}\n` });
  assert.deepEqual(commitAt(flows), { id: one });
});

test("should find the branches of a worktree in the repository that it belongs to", (t) => {
  const folder = temporaryFolder(t);
  write(folder, {
    "main/.git/refs/heads/second": `${one}\n`,
    "main/.git/worktrees/second/HEAD": "ref: refs/heads/second\n",
    "main/.git/worktrees/second/commondir": "../..\n",
    "second/.git": `gitdir: ${path.join(folder, "main/.git/worktrees/second")}\n`,
  });
  assert.deepEqual(commitAt(path.join(folder, "second")), { id: one, branch: "second" });
});

test("should tell nothing outside of a repository, or where its files make no sense", (t) => {
  const folder = temporaryFolder(t);
  write(folder, { "a/.git/HEAD": "ref: refs/heads/../../secret\n", "b/.git": "no folder" });
  assert.equal(commitAt(path.join(folder, "a")), undefined);
  assert.equal(commitAt(path.join(folder, "b")), undefined);
});
