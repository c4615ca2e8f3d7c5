import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { installRuntime, launcherText } from "../../../runtime/client/install.ts";
import { newId } from "../../../runtime/protocol/ids.ts";
import { currentWriter } from "../../../runtime/system/process-identity.ts";
import { temporaryFolder } from "../../support/places.ts";

function fakeDist(folder: string, build: string): string {
  const dist = path.join(folder, `dist-${build}`);
  mkdirSync(path.join(dist, "sdk"), { recursive: true });
  mkdirSync(path.join(dist, "types"), { recursive: true });
  writeFileSync(path.join(dist, "build.json"), JSON.stringify({ version: "1.2.3", build }));
  writeFileSync(path.join(dist, "millrace.cjs"), `// ${build}`);
  writeFileSync(path.join(dist, "sdk", "index.js"), "");
  writeFileSync(path.join(dist, "types", "index.d.ts"), "");
  return dist;
}

test("should copy the programs into the home once, each build beside the others", (t) => {
  const folder = temporaryFolder(t);
  const home = path.join(folder, "home");
  const one = installRuntime(home, fakeDist(folder, "aaaa"));
  assert.equal(one.folder, path.join(home, "runtime", "1.2.3+aaaa"));
  assert.ok(existsSync(path.join(one.folder, "sdk", "index.js")));
  assert.equal(existsSync(path.join(one.folder, "types")), false);
  writeFileSync(path.join(one.folder, "mark"), "");
  installRuntime(home, fakeDist(folder, "aaaa"));
  assert.ok(existsSync(path.join(one.folder, "mark")));
  const two = installRuntime(home, fakeDist(folder, "bbbb"));
  assert.deepEqual(readdirSync(path.join(home, "runtime")).sort(), ["1.2.3+aaaa", "1.2.3+bbbb"]);
  const launcher = path.join(home, "bin", process.platform === "win32" ? "millrace.cmd" : "millrace");
  assert.ok(readFileSync(launcher, "utf8").includes(two.folder));
});

test("should keep the newest three of the runtimes that are not in use, and all while a run goes on", (t) => {
  const folder = temporaryFolder(t);
  const home = path.join(folder, "home");
  const builds = () => readdirSync(path.join(home, "runtime")).map((name) => name.slice("1.2.3+".length));
  const install = (build: string, hour: number) => {
    const { folder: made } = installRuntime(home, fakeDist(folder, build));
    utimesSync(made, hour * 3600, hour * 3600);
  };
  for (const [hour, build] of ["a", "b", "c", "d"].entries()) install(build, hour);
  // In use again: it is no old one any more.
  installRuntime(home, fakeDist(folder, "a"));
  install("e", 5);
  assert.deepEqual(builds().sort(), ["a", "c", "d", "e"]);
  const id = newId();
  const entry = { run_id: id, writer: currentWriter("1"), socket: "", token: "" };
  mkdirSync(path.join(home, "live"));
  writeFileSync(path.join(home, "live", id), JSON.stringify(entry));
  install("f", 6);
  assert.equal(builds().length, 5);
});

test("should write a launcher that stands any path", { skip: process.platform === "win32" }, (t) => {
  const folder = path.join(temporaryFolder(t), `it's "$HOME" & more`);
  mkdirSync(folder);
  const command = path.join(folder, "millrace.cjs");
  writeFileSync(command, "console.log(JSON.stringify(process.argv.slice(2)))");
  const launcher = path.join(folder, "launcher");
  writeFileSync(launcher, launcherText(process.execPath, command, false, process.platform), { mode: 0o755 });
  const said = execFileSync(launcher, ["one two", "$x"], { encoding: "utf8" });
  assert.deepEqual(JSON.parse(said), ["one two", "$x"]);
  assert.match(launcherText("C:\\100%\\node.exe", "C:\\m.cjs", true, "win32"), /ELECTRON_RUN_AS_NODE=1[\s\S]*100%%/);
});

test("should survive the folder it was copied from", (t) => {
  const folder = temporaryFolder(t);
  const dist = fakeDist(folder, "cccc");
  const copy = path.join(folder, "copy");
  cpSync(dist, copy, { recursive: true });
  const { folder: installed } = installRuntime(path.join(folder, "home"), copy);
  rmSync(copy, { recursive: true });
  assert.equal(readFileSync(path.join(installed, "millrace.cjs"), "utf8"), "// cccc");
});

test("should say that the home cannot be written", (t) => {
  const folder = temporaryFolder(t);
  const home = path.join(folder, "a-file");
  writeFileSync(home, "");
  assert.throws(() => installRuntime(home, fakeDist(folder, "dddd")), { code: "home-unusable" });
});
