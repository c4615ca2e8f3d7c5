/**
 * Local sockets: a Unix socket file, or a named pipe on Windows. The address follows from the home and a name alone,
 * so whoever knows both finds it. Only the same user reaches it: the folder of the file is 0700.
 */
import { lstatSync, mkdirSync, unlinkSync } from "node:fs";
import type { Server, Socket } from "node:net";
import { tmpdir, userInfo } from "node:os";
import path from "node:path";
import { MillraceError } from "../protocol/errors.ts";
import { sha256 } from "../protocol/sha256.ts";

/** The kernel keeps 104 bytes for the path on macOS and 108 on Linux, the closing NUL included. */
const longestPath = 100;

/**
 * Where the socket called `name` of this home is. Files stand in <home>/sockets; when that path is too long for the
 * kernel, in a folder of this user's under the system's temporary folder.
 */
export function localSocketAddress(
  home: string,
  name: string,
  platform: NodeJS.Platform = process.platform,
  temporary: string = tmpdir(),
): string {
  const file = sha256(`${home}\0${name}`, "hex").slice(0, 24);
  if (platform === "win32") return `\\\\.\\pipe\\millrace-${file}`;
  const inHome = path.posix.join(home, "sockets", file);
  if (Buffer.byteLength(inHome) <= longestPath) return inHome;
  const inTemporary = path.posix.join(temporary, `millrace-${userInfo().uid}`, file);
  return Buffer.byteLength(inTemporary) <= longestPath ? inTemporary : `/tmp/millrace-${userInfo().uid}/${file}`;
}

/**
 * Listens at a local address. A socket file that nobody listens on any more is replaced.
 * @throws MillraceError "socket-taken" when another process is listening there.
 */
export async function listenLocal(server: Server, address: string): Promise<void> {
  if (!isPipe(address)) makePrivateFolder(path.dirname(address));
  try {
    await listenOnce(server, address);
  } catch (error) {
    if (errorCode(error) !== "EADDRINUSE") throw error;
    if (isPipe(address) || (await isAnswering(address))) {
      throw new MillraceError("socket-taken", `another process is already listening at ${address}`, { cause: error });
    }
    removeLocalSocket(address);
    await listenOnce(server, address);
  }
}

/** Connects, or rejects with the system's error: ECONNREFUSED or ENOENT when nobody listens there. */
export async function connectLocal(address: string): Promise<Socket> {
  const { connect } = process.getBuiltinModule("node:net");
  return new Promise((resolve, reject) => {
    const socket = connect(address);
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
  });
}

/** Whether somebody listens there. A listener that is too busy to accept counts: only a refusal proves absence. */
export async function isAnswering(address: string): Promise<boolean> {
  try {
    (await connectLocal(address)).destroy();
    return true;
  } catch (error) {
    const code = errorCode(error);
    return code !== "ECONNREFUSED" && code !== "ENOENT" && code !== "ENOTSOCK";
  }
}

/** Takes away a socket file left behind by a dead process. Pipes go with their process. */
export function removeLocalSocket(address: string): void {
  if (isPipe(address)) return;
  try {
    unlinkSync(address);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
}

function isPipe(address: string): boolean {
  return address.startsWith("\\\\.\\pipe\\");
}

function listenOnce(server: Server, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(address, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** The temporary folder is everybody's: a folder there that is not ours alone could be a trap. */
function makePrivateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (process.platform === "win32") return;
  const found = lstatSync(folder);
  if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o022) !== 0) {
    throw new MillraceError(
      "home-unusable",
      `${folder} is not a folder of this user alone, so sockets in it would not be safe; remove it and try again`,
    );
  }
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
