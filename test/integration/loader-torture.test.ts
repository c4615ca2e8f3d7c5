import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import test, { after } from "node:test";
import type { DescribeAnswer } from "../../runtime/runner/describe.ts";
import { supportedNodes } from "../support/nodes.ts";
import { commandFile } from "../support/places.ts";
import { type TortureCase, tortureCases } from "./loader-torture-cases.ts";

const root = realpathSync.native(mkdtempSync(path.join(tmpdir(), "millrace torture ")));
after(() => rmSync(root, { recursive: true, force: true, maxRetries: 5 }));
// One cache for all Nodes: the first one transforms, the others must be able to use what it made.
const home = path.join(root, "home");

tortureCases.forEach((torture, index) => {
  const folder = path.join(root, String(index));
  write(folder, torture);
  test(`should ${torture.name}`, async () => {
    for (const { name, binary } of supportedNodes()) {
      const seen = await load(binary, path.join(folder, torture.entry ?? "flow.ts"));
      const where = `on ${name}: ${JSON.stringify(seen)}`;
      if (torture.prints !== undefined) assert.equal(seen.stdout.trim(), torture.prints, where);
      if (torture.warns !== undefined) assert.match(seen.stderr, torture.warns, where);
      if (torture.refuses === undefined) assert.ok(seen.answer.ok || seen.answer.code === "no-flow", where);
      else assert.ok(!seen.answer.ok && seen.answer.code === "load-failed", where);
      if (seen.answer.ok) continue;
      for (const pattern of torture.refuses ?? []) assert.match(seen.answer.message, pattern, where);
      const stack = seen.answer.error.cause?.stack ?? "";
      for (const pattern of torture.stack ?? []) assert.match(stack, pattern, where);
    }
  });
});

function write(folder: string, { files }: TortureCase): void {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    if (typeof content === "string") writeFileSync(file, content);
    else symlinkSync(path.join(folder, content.link), file, "junction");
  }
}

interface Seen {
  readonly stdout: string;
  readonly stderr: string;
  readonly answer: DescribeAnswer;
}

/** Loads a file as the runner does before a run, in a process of its own. */
async function load(node: string, file: string): Promise<Seen> {
  const child = spawn(node, [commandFile, "__runner", "describe", home, file], {
    env: { ...process.env, MILLRACE_HOME: home },
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const texts = ["", "", "", ""];
  child.stdio.forEach((stream, index) => {
    stream?.on("data", (chunk: unknown) => {
      texts[index] += String(chunk);
    });
  });
  await new Promise((resolve, reject) => child.once("close", resolve).once("error", reject));
  const [, stdout = "", stderr = "", answer = ""] = texts;
  assert.notEqual(answer, "", `no answer: ${stderr}`);
  return { stdout, stderr, answer: JSON.parse(answer) };
}
