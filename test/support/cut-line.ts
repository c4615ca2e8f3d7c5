import { connect as connectTo, createServer, type Socket } from "node:net";
import type { TestContext } from "node:test";

/** A line to a port of this machine that can be cut and mended. */
export interface CutLine {
  readonly url: string;
  cut(): void;
  mend(): void;
}

export async function openLine(test: Pick<TestContext, "after">, port: number): Promise<CutLine> {
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    if (isCut) return void socket.destroy();
    const other = connectTo(port, "127.0.0.1");
    other.on("error", () => socket.destroy());
    for (const each of [socket, other]) {
      sockets.add(each);
      each.once("close", () => {
        sockets.delete(each);
        (each === socket ? other : socket).destroy();
      });
    }
    socket.pipe(other).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cut = (): void => {
    isCut = true;
    for (const socket of sockets) socket.destroy();
  };
  test.after(() => {
    cut();
    server.close();
  });
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("the line has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    cut,
    mend() {
      isCut = false;
    },
  };
}

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}
