/**
 * A bucket's transfers beside bare HTTP streams of the same bytes, to the same server process, which writes and sums up
 * what comes the same way for both; each transfer in a process of its own, whose peak of memory is the system's figure.
 */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { distFolder, projectRoot } from "../support/places.ts";
import { atMost, type BenchRow, information, median } from "./rows.ts";
import { benchEnvironment, runNode, withFolder } from "./spawn.ts";

const mebibyte = 1024 * 1024;
const large = 1024;
const small = 128;
const rounds = 3;

interface Transfer {
  readonly milliseconds: number;
  readonly cpu: number;
  readonly peakMegabytes: number;
}

export function measureGcs(): Promise<readonly BenchRow[]> {
  return withFolder(async (folder) => {
    const server = await startServer(path.join(folder, "cloud"));
    try {
      return measureTransfers(folder, server);
    } finally {
      await server.stop();
    }
  });
}

function measureTransfers(folder: string, server: BenchServer): readonly BenchRow[] {
  const script = path.join(projectRoot, "test", "bench", "flows", "gcs-transfer.mjs");
  const sdk = pathToFileURL(path.join(distFolder, "sdk", "blocks.js")).href;
  const env = benchEnvironment(path.join(folder, "home"));
  const run = (how: string, file: string): Transfer =>
    JSON.parse(runNode([script, how, sdk, server.url, server.keyFile, file], { env }).stdout);
  const taken: Record<"upload" | "download", { ratios: number[]; bare: number[]; ours: Transfer[] }> = {
    upload: { ratios: [], bare: [], ours: [] },
    download: { ratios: [], bare: [], ours: [] },
  };
  const source = path.join(folder, "source.bin");
  const target = path.join(folder, "target.bin");

  const round = (keep: boolean) => {
    for (const way of ["upload", "download"] as const) {
      const file = way === "upload" ? source : target;
      const [bare, ours] = [run(`bare-${way}`, file), run(way, file)];
      if (!keep) continue;
      taken[way].bare.push(bare.milliseconds);
      taken[way].ours.push(ours);
      taken[way].ratios.push(ours.milliseconds / bare.milliseconds);
    }
  };
  writeFile(source, small);
  run("bare-upload", source);
  const peaks = { upload: run("upload", source).peakMegabytes, download: run("download", target).peakMegabytes };
  writeFile(source, large);
  round(false);
  for (let n = 0; n < rounds; n++) round(true);
  rmSync(source);

  return (["upload", "download"] as const).flatMap((way) => {
    const { ratios, bare, ours } = taken[way];
    const rate = (milliseconds: number) => (large * mebibyte) / 1000 / milliseconds;
    const of = `${way} of 1 GB to a bucket`;
    return [
      atMost(
        `${of}, time against a bare HTTP stream`,
        median(ratios),
        "x",
        1.25,
        `80 % of its ${rate(median(bare)).toFixed(0)} MB/s`,
      ),
      information(`${of}, rate`, rate(median(ours.map(({ milliseconds }) => milliseconds))), "MB/s"),
      atMost(
        `${of}, peak memory of the process`,
        Math.max(...ours.map(({ peakMegabytes }) => peakMegabytes)),
        "MB",
        1.25 * peaks[way] + 16,
        `1.25 x ${peaks[way].toFixed(0)} MB of ${small} MB, and 16`,
      ),
    ];
  });
}

interface BenchServer {
  readonly url: string;
  readonly keyFile: string;
  stop(): Promise<void>;
}

async function startServer(folder: string): Promise<BenchServer> {
  const main = path.join(projectRoot, "test", "services", "gcs", "main.ts");
  const flags = ["--experimental-strip-types", "--disable-warning=ExperimentalWarning"];
  const child = spawn(process.execPath, [...flags, main, folder, "0", "bench-bucket"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const lines = createInterface(child.stdout);
  const line = await Promise.race([
    new Promise<string>((resolve) => lines.once("line", resolve)),
    ended.then(() => Promise.reject(new Error("the Cloud Storage test server has ended at its start"))),
  ]);
  const { url, keyFile }: { url: string; keyFile: string } = JSON.parse(line);
  return {
    url,
    keyFile,
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}

function writeFile(file: string, megabytes: number): void {
  const block = randomBytes(mebibyte);
  const handle = openSync(file, "w");
  for (let n = 0; n < megabytes; n++) writeSync(handle, block);
  closeSync(handle);
}
