/** Random bytes from the system, without node:crypto where it can be done: loading that costs a short run milliseconds. */
import { closeSync, openSync, readSync } from "node:fs";

/** Fills the array with bytes that nobody can guess. */
export function fillRandom(bytes: Uint8Array): Uint8Array {
  if (process.platform === "win32" || !readFromSystem(bytes)) {
    process.getBuiltinModule("node:crypto").randomFillSync(bytes);
  }
  return bytes;
}

export function randomText(bytes: number): string {
  return Buffer.from(fillRandom(new Uint8Array(bytes))).toString("base64url");
}

/** The kernel's generator. A chroot may be without the device. */
function readFromSystem(bytes: Uint8Array): boolean {
  try {
    const device = openSync("/dev/urandom", "r");
    try {
      return readSync(device, bytes) === bytes.length;
    } finally {
      closeSync(device);
    }
  } catch {
    return false;
  }
}
