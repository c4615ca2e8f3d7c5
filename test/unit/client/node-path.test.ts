import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { chooseNode, chosenNode, isNewEnough } from "../../../runtime/client/node-path.ts";
import { temporaryFolder } from "../../support/places.ts";

const here = { environment: {}, execPath: process.execPath, version: "22.15.0", electron: false };

test("should know which Nodes are new enough", () => {
  assert.deepEqual(["22.14.9", "22.15.0", "v24.0.0", "20.19.0"].map(isNewEnough), [false, true, true, false]);
});

test("should take the Node that is asked for, and say when that is none", async () => {
  const chosen = await chooseNode({ ...here, environment: { MILLRACE_NODE: process.execPath } });
  assert.deepEqual(chosen, { path: process.execPath, because: "MILLRACE_NODE" });
  await assert.rejects(chooseNode({ ...here, environment: { MILLRACE_NODE: "/nowhere/node" } }), { code: "bad-usage" });
});

test("should take the Node it runs on, but in an editor the user's own from the PATH", {
  skip: process.platform === "win32",
}, async (t) => {
  assert.equal((await chooseNode(here)).because, "this process");
  const editor = { ...here, execPath: "/opt/editor", electron: true };
  const folders = [temporaryFolder(t), temporaryFolder(t)];
  const script = (folder: string | undefined, version: string) => {
    const file = path.join(folder ?? "", "node");
    writeFileSync(file, `#!/bin/sh\necho v${version}\n`);
    chmodSync(file, 0o755);
    return file;
  };
  script(folders[0], "18.0.0");
  const good = script(folders[1], "22.16.0");
  const environment = { PATH: folders.join(path.delimiter) };
  assert.deepEqual(await chooseNode({ ...editor, environment }), { path: good, because: "PATH" });
  assert.deepEqual(await chooseNode({ ...editor, environment: { PATH: folders[0] ?? "" } }), {
    path: "/opt/editor",
    because: "the editor's own",
  });
});

test("should take the Node that an editor's settings name, and say which setting is wrong", async () => {
  assert.deepEqual(await chosenNode(process.execPath), { path: process.execPath, because: "settings" });
  await assert.rejects(chosenNode("/nowhere/node"), {
    code: "bad-usage",
    message: /millrace\.nodePath.*\/nowhere\/node/,
  });
});
