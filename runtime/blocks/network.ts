/** Looking whether a server can be reached, step by step, without saying anything to it. */
import type { TestSteps } from "./test-steps.ts";

export interface Server {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

/** Milliseconds for one connection. */
const patience = 8000;

export function serverOf(url: URL): Server {
  const tls = url.protocol === "https:";
  // Brackets belong to the address of IPv6 in a URL, not to the address.
  return { host: url.hostname.replace(/^\[(.*)\]$/, "$1"), port: Number(url.port) || (tls ? 443 : 80), tls };
}

export async function reachServer(steps: TestSteps, server: Server): Promise<void> {
  const { lookup } = await import("node:dns/promises");
  await steps.step("host", async () => {
    const found = await lookup(server.host, { all: true });
    return `${server.host} is ${found.map(({ address }) => address).join(", ")}`;
  });
  await steps.step(server.tls ? "connection and TLS" : "connection", () => connectOnce(server));
}

/** Connects and hangs up. */
export async function connectOnce({ host, port, tls }: Server): Promise<string> {
  const socket = tls
    ? (await import("node:tls")).connect({ host, port, ...(isName(host) ? { servername: host } : {}) })
    : (await import("node:net")).connect({ host, port });
  const connected = Promise.withResolvers<void>();
  socket.once(tls ? "secureConnect" : "connect", () => connected.resolve());
  socket.once("error", (error) => connected.reject(error));
  socket.setTimeout(patience, () =>
    connected.reject(new Error(`${host}:${port} did not answer within ${patience / 1000} seconds`)),
  );
  try {
    await connected.promise;
    const said = "getProtocol" in socket ? socket.getProtocol() : null;
    return `port ${port}${said === null ? "" : `, ${said}`}`;
  } finally {
    socket.destroy();
  }
}

/** An address has no name to ask a certificate for. */
function isName(host: string): boolean {
  return /[a-z]/i.test(host) && !host.includes(":");
}
