import type { ConnectionOptions } from "node:tls";
import type { PoolConfig } from "pg";
import { parseDuration, tryParseDuration } from "../../protocol/durations.ts";
import { MillraceError } from "../../protocol/errors.ts";
import { caCertificate } from "../ca-certificate.ts";
import type { Z } from "../define.ts";
import { tlsOptions } from "../network.ts";
import { type SecretText, secret } from "../secret-text.ts";

export const tlsModes = ["verify-full", "require", "off"] as const;
export type TlsMode = (typeof tlsModes)[number];

export interface PostgresSettings {
  readonly url?: SecretText | undefined;
  readonly host: string;
  readonly port: number;
  readonly database?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: SecretText | undefined;
  readonly tls?: TlsMode | undefined;
  readonly caCertificate?: string | undefined;
  readonly query: Readonly<Record<string, string>>;
  readonly poolSize: number;
  readonly connectTimeout: string | number;
  readonly statementTimeout?: string | number | undefined;
}

export function postgresSchema(z: Z) {
  const duration = z.union([z.string(), z.number()]).refine((value) => tryParseDuration(value) !== undefined, {
    error: 'is not a duration; write "500ms", "10s", "2m"',
  });
  return z.object({
    url: secret(z)
      .optional()
      .describe("postgresql://user:password@host:port/database?sslmode=verify-full. It goes before the fields below."),
    host: z.string().min(1).default("localhost"),
    port: z.int().min(1).max(65_535).default(5432),
    database: z.string().min(1).optional().describe("The name of the user if not given, as the server has it."),
    username: z.string().min(1).optional().describe("The account's name on this machine if not given."),
    password: secret(z).optional(),
    tls: z
      .enum(tlsModes)
      .optional()
      .describe(
        "verify-full: encrypted, and the server shows a certificate for its name; require: encrypted, whoever it is; off. If not given: off for a server on this machine, verify-full for others.",
      ),
    caCertificate: caCertificate(z),
    query: z
      .record(z.string(), z.string())
      .default({})
      .describe('Settings of each session, as { "search_path": "trips" }.'),
    poolSize: z.int().min(1).max(100).default(5).describe("Connections at the same time, at most."),
    connectTimeout: duration.default("10s"),
    statementTimeout: duration.optional().describe("The server ends a statement that takes longer."),
  });
}

/** Where a block leads, with everything decided. */
export interface PostgresTarget {
  readonly host: string;
  readonly port: number;
  readonly user: string | undefined;
  readonly database: string | undefined;
  readonly tls: TlsMode;
  readonly hasAuthority: boolean;
  readonly config: PoolConfig;
}

export function postgresTarget(settings: PostgresSettings): PostgresTarget {
  const fromUrl = settings.url === undefined ? undefined : parseUrl(settings.url.get());
  const host = fromUrl?.host ?? settings.host;
  const port = fromUrl?.port ?? settings.port;
  const user = fromUrl?.user ?? settings.username;
  const database = fromUrl?.database ?? settings.database;
  const password = fromUrl?.password ?? settings.password?.get();
  const tls = fromUrl?.tls ?? settings.tls ?? (isThisMachine(host) ? "off" : "verify-full");
  const session = { ...settings.query, ...fromUrl?.session };
  return {
    host,
    port,
    user,
    database,
    tls,
    hasAuthority: settings.caCertificate !== undefined,
    config: {
      host,
      port,
      ...(user === undefined ? {} : { user }),
      ...(database === undefined ? {} : { database }),
      ...(password === undefined ? {} : { password }),
      ssl: secureOptions(tls, host, settings.caCertificate),
      application_name: "millrace",
      connectionTimeoutMillis: parseDuration(settings.connectTimeout),
      keepAlive: true,
      ...(Object.keys(session).length === 0 ? {} : { options: sessionOptions(session) }),
      ...(settings.statementTimeout === undefined
        ? {}
        : { statement_timeout: parseDuration(settings.statementTimeout) }),
    },
  };
}

interface UrlParts {
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
  readonly tls?: TlsMode;
  readonly session: Readonly<Record<string, string>>;
}

/** Also takes SQLAlchemy's form, "postgresql+psycopg2://…". The text may hold a password: no message repeats it. */
function parseUrl(text: string): UrlParts {
  const refuse = (reason: string) =>
    new MillraceError("bad-parameters", `PostgresDatabase: url: ${reason}`, {
      fields: [{ path: "url", message: reason }],
    });
  const form = "write postgresql://user:password@host:port/database, with %40 for an @ in a name or password";
  if (!/^postgres(ql)?(\+\w+)?:\/\//.test(text)) throw refuse(`it does not begin with postgresql://; ${form}`);
  let url: URL;
  try {
    url = new URL(text.replace(/^postgres(ql)?(\+\w+)?:/, "postgresql:"));
  } catch {
    throw refuse(`it is no URL; ${form}`);
  }
  const { sslmode, ...session } = Object.fromEntries(url.searchParams);
  const database = decodeURIComponent(url.pathname.slice(1));
  const tls = sslmode === undefined ? undefined : sslModes[sslmode];
  if (sslmode !== undefined && tls === undefined) {
    throw refuse(`sslmode=${sslmode} is not taken here; write ${Object.keys(sslModes).join(", ")}`);
  }
  return {
    ...(url.hostname === "" ? {} : { host: url.hostname.replace(/^\[(.*)\]$/, "$1") }),
    ...(url.port === "" ? {} : { port: Number(url.port) }),
    ...(url.username === "" ? {} : { user: decodeURIComponent(url.username) }),
    ...(url.password === "" ? {} : { password: decodeURIComponent(url.password) }),
    ...(database === "" ? {} : { database }),
    ...(tls === undefined ? {} : { tls }),
    session,
  };
}

/** "prefer" would go on in the clear when somebody in between asks for it, so it is none of these. */
const sslModes: Readonly<Record<string, TlsMode>> = {
  disable: "off",
  require: "require",
  "verify-full": "verify-full",
};

function secureOptions(tls: TlsMode, host: string, ca: string | undefined): ConnectionOptions | false {
  if (tls === "off") return false;
  return {
    rejectUnauthorized: tls === "verify-full",
    // The name that the certificate must be for.
    ...tlsOptions({ host, caCertificate: ca }),
  };
}

function isThisMachine(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\./.test(host) || host.startsWith("/");
}

/** "-c name=value" for each, as the server's start takes them: a blank or backslash has a backslash before it. */
function sessionOptions(session: Readonly<Record<string, string>>): string {
  return Object.entries(session)
    .map(([name, value]) =>
      name === "options" ? value : `-c ${name}=${value.replaceAll("\\", "\\\\").replaceAll(" ", "\\ ")}`,
    )
    .join(" ");
}
