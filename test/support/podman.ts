/** A real container engine for tests, with storage of its own: Podman's service, and an image made of Node and its libraries. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { isAnswering } from "../../runtime/system/local-socket.ts";
import { until } from "./until.ts";

/** Why there is no engine here; undefined when there is one. */
export function whyNoPodman(): string | undefined {
  if (process.platform !== "linux") return "containers are tested on Linux";
  const found = spawnSync("podman", ["--version"]);
  if (found.status !== 0) return "podman is not installed";
  if (spawnSync("runc", ["--version"]).status !== 0) return "runc is not installed";
  if (process.getuid?.() !== 0) return "the test's storage needs root";
  return undefined;
}

export interface Podman {
  readonly socket: string;
  /** Runs a podman command over the same storage. */
  run(...words: string[]): string;
  close(): Promise<void>;
}

/**
 * Some machines may not raise limits, and then every runtime fails at "setting rlimit": this one leaves the limits out of
 * what it is told.
 */
const wrapper = (node: string): string => `#!/bin/sh
previous=""
for word in "$@"; do
  case "$previous" in
    --bundle|-b) file="$word/config.json" ;;
    --process|-p) file="$word" ;;
  esac
  previous="$word"
done
if [ -n "$file" ]; then
  "${node}" -e 'const fs = require("fs"); const [, file] = process.argv; const told = JSON.parse(fs.readFileSync(file, "utf8")); delete (told.process ?? told).rlimits; fs.writeFileSync(file, JSON.stringify(told));' "$file"
fi
exec runc "$@"
`;

export async function startPodman(): Promise<Podman> {
  const folder = realpathSync.native(mkdtempSync(path.join(tmpdir(), "millrace-podman-")));
  const runtime = path.join(folder, "runtime.sh");
  writeFileSync(runtime, wrapper(process.execPath));
  chmodSync(runtime, 0o755);
  const configuration = path.join(folder, "containers.conf");
  writeFileSync(
    configuration,
    `[containers]\nlog_driver="k8s-file"\n[engine]\ncgroup_manager="cgroupfs"\nevents_logger="file"\nruntime="plain"\n[engine.runtimes]\nplain=["${runtime}"]\n`,
  );
  const environment = { ...process.env, CONTAINERS_CONF: configuration };
  // Where a container ran out of memory, its monitor leaves a file "oom" in the folder that the service was started in.
  const own = { env: environment, cwd: folder };
  const place = ["--root", path.join(folder, "storage"), "--runroot", path.join(folder, "run")];
  const socket = path.join(folder, "podman.sock");
  const service = spawn("podman", [...place, "system", "service", "--time=0", `unix://${socket}`], {
    ...own,
    stdio: "ignore",
  });
  const run = (...words: string[]): string =>
    execFileSync("podman", [...place, ...words], {
      ...own,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  const close = async (): Promise<void> => {
    spawnSync("podman", [...place, "rm", "--all", "--force", "--time", "0"], own);
    const ended = new Promise((resolve) => service.once("exit", resolve));
    service.kill("SIGTERM");
    await ended;
    spawnSync("podman", [...place, "rmi", "--all", "--force"], own);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  await until(() => isAnswering(socket));
  return { socket, run, close };
}

/** The least that a run needs: this Node, the libraries it is linked to, a folder for temporary files. */
export function importNode(podman: Podman, image: string): void {
  const root = realpathSync.native(mkdtempSync(path.join(tmpdir(), "millrace-rootfs-")));
  try {
    const put = (from: string, to: string): void => {
      mkdirSync(path.dirname(path.join(root, to)), { recursive: true });
      copyFileSync(realpathSync(from), path.join(root, to));
    };
    put(process.execPath, "/usr/bin/node");
    const linked = execFileSync("ldd", [process.execPath], { encoding: "utf8" });
    for (const [, library] of linked.matchAll(/(\/[^\s)]+)/g)) if (library !== undefined) put(library, library);
    for (const each of ["tmp", "proc", "sys", "dev", "etc"]) mkdirSync(path.join(root, each), { recursive: true });
    writeFileSync(path.join(root, "etc/passwd"), "root:x:0:0:root:/root:/bin/false\n");
    const archive = `${root}.tar`;
    execFileSync("tar", ["-C", root, "-cf", archive, "."]);
    podman.run("import", archive, image);
    rmSync(archive);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
