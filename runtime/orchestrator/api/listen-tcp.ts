/** The door for workers on other machines: HTTP over TCP, open only when somebody has said where. */
import type { Server } from "node:http";
import { isIPv6 } from "node:net";
import { MillraceError, toError } from "../../protocol/errors.ts";

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** "127.0.0.1:4300", "0.0.0.0:4300", "[::1]:4300" or ":4300" for this machine alone. @throws MillraceError "bad-usage" */
export function parseListen(text: string): ListenAddress {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw new MillraceError("bad-usage", `--listen: "${text}" is no HOST:PORT; write 127.0.0.1:4300, or 0.0.0.0:4300.`);
  }
  return { host: match[1] ?? (match[2] || "127.0.0.1"), port };
}

export function isLoopback({ host }: ListenAddress): boolean {
  return host === "localhost" || host === "::1" || /^127\./.test(host);
}

/** Resolves with the address under which it is reached. @throws MillraceError "socket-taken" */
export function listenTcp(server: Server, { host, port }: ListenAddress): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", (thrown) => {
      const message = `The orchestrator cannot listen at ${host}:${port}: ${toError(thrown).message}.`;
      reject(new MillraceError("socket-taken", message, { cause: thrown }));
    });
    server.listen(port, host, () => {
      const bound = server.address();
      const chosen = typeof bound === "object" && bound !== null ? bound.port : port;
      resolve(`http://${isIPv6(host) ? `[${host}]` : host}:${chosen}`);
    });
  });
}
