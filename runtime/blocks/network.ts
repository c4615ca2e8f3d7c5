/** Looking whether a server can be reached, step by step, without saying anything to it. */
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { TestSteps } from "./test-steps.ts";
import { tlsProblem } from "./tls-problem.ts";

export interface Server {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** The authority (PEM) that is trusted in place of the public ones. */
  readonly caCertificate?: string | undefined;
}

/** Milliseconds for one connection. */
const patience = 8000;

export function serverOf(url: URL, caCertificate?: string): Server {
  const tls = url.protocol === "https:";
  // Brackets belong to the address of IPv6 in a URL, not to the address.
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  return { host, port: Number(url.port) || (tls ? 443 : 80), tls, caCertificate };
}

export async function reachServer(steps: TestSteps, server: Server): Promise<void> {
  const { host, port } = server;
  const { lookup } = await import("node:dns/promises");
  await steps.step("host", async () => {
    const found = await lookup(host, { all: true });
    return `${host} is ${found.map(({ address }) => address).join(", ")}`;
  });
  let socket: Socket | undefined;
  try {
    await steps.step("connection", async () => {
      socket = await connected(server);
      return `port ${port}`;
    });
    const open = socket;
    if (server.tls && open !== undefined) await steps.step("TLS", () => secured(open, server));
  } finally {
    socket?.destroy();
  }
}

async function connected({ host, port }: Server): Promise<Socket> {
  const { connect } = await import("node:net");
  const socket = connect({ host, port });
  await opened(socket, "connect", `${host}:${port}`);
  return socket;
}

async function secured(socket: Socket, server: Server): Promise<string> {
  const { host, port, caCertificate } = server;
  const { connect } = await import("node:tls");
  const secure = connect({ socket, host, ...tlsOptions(server) });
  try {
    await opened(secure, "secureConnect", `${host}:${port}`);
  } catch (thrown) {
    const problem = tlsProblem(thrown, { host, hasAuthority: caCertificate !== undefined });
    throw problem === undefined ? thrown : new Error(problem, { cause: thrown });
  }
  const said = `${secure.getProtocol()}, certificate until ${secure.getPeerCertificate().valid_to}`;
  secure.destroy();
  return said;
}

async function opened(socket: Socket | TLSSocket, event: "connect" | "secureConnect", place: string): Promise<void> {
  const done = Promise.withResolvers<void>();
  socket.once(event, () => done.resolve());
  socket.on("error", (error) => done.reject(error));
  socket.setTimeout(patience, () =>
    done.reject(new Error(`${place} did not answer within ${patience / 1000} seconds`)),
  );
  try {
    await done.promise;
  } catch (thrown) {
    socket.destroy();
    throw thrown;
  }
  socket.setTimeout(0);
}

/** For Node's TLS. An address has no name to ask a certificate for. */
export function tlsOptions({ host, caCertificate }: Pick<Server, "host" | "caCertificate">): {
  readonly servername?: string;
  readonly ca?: string;
} {
  const isName = /[a-z]/i.test(host) && !host.includes(":");
  return { ...(isName ? { servername: host } : {}), ...(caCertificate === undefined ? {} : { ca: caCertificate }) };
}
