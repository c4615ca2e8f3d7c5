/**
 * The `millrace` command starts here: it turns the caches of compiled code on, then loads the bundle that does the work.
 * `run` has a small one of its own: a run must start fast.
 */
import fs from "node:fs";
import module from "node:module";
import path from "node:path";
import { homeFolder, homePaths } from "../protocol/home.ts";
import { openCodeCache } from "./code-cache.ts";

const argv = process.argv.slice(2);
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < 22 || (major === 22 && minor < 15)) {
  console.error(
    `millrace needs Node 22.15 or newer; this is ${process.version} (${process.execPath}). Install a newer one (https://nodejs.org), or run millrace with it: /path/to/node ${process.argv[1] ?? "millrace"}`,
  );
  process.exit(2);
}

const at = argv.indexOf("--home");
const home = homeFolder(at >= 0 ? { MILLRACE_HOME: argv[at + 1] } : process.env);
const starts = argv[0] === "run" || argv[0] === "__runner";
let isCached = false;
try {
  // Asking for help must not make a home; a run makes one anyway, and it must be private from the first moment.
  if (starts) fs.mkdirSync(home, { recursive: true, mode: 0o700 });
  if (starts || fs.existsSync(home)) {
    module.enableCompileCache?.(homePaths.compileCache(home));
    // Kept code counts for no coverage, and a debugger shall see files as Node loads them.
    isCached = process.env["NODE_V8_COVERAGE"] === undefined && argv[1] !== "debug";
  }
} catch {
  // A home that can't be written is reported by whoever needs it, with the reason.
}

const cache = openCodeCache(path.join(homePaths.compileCache(home), "bundles"), (url) => import(url));
const load: NodeJS.Require | typeof cache.load = isCached ? cache.load : require;
// The two that run flows stand on it.
if (starts) load(path.join(__dirname, "sdk", "millrace.cjs"));
if (argv[0] === "__runner") load(path.join(__dirname, "runner.cjs")).runnerMain(argv.slice(1));
else if (argv[0] === "__orchestrator") load(path.join(__dirname, "orchestrator.cjs"));
else if (argv[0] === "run") finish(load(path.join(__dirname, "run.cjs")).runCommand(argv.slice(1)));
else finish(load(path.join(__dirname, "cli.cjs")).main(argv));

/** User code may leave sockets and timers behind; the command ends when its work is done and its output is out. */
function finish(work: Promise<number>): void {
  work.then(exit, (error: unknown) => {
    console.error(error);
    exit(1);
  });
}

function exit(code: number): void {
  // What is kept is kept for good: not the little that help needs. A run has seen to it itself.
  if (code === 0 && !starts && !argv.some((word) => /^(-h|--help|help|--version)$/.test(word))) cache.keepCode();
  // On Linux writes to files, pipes and terminals are synchronous; touching an unused stream would only cost time.
  if (process.platform === "linux") process.exit(code);
  process.stdout.write("", () => process.stderr.write("", () => process.exit(code)));
}
