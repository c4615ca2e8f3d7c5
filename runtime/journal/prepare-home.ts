/** The checks before anything is written into a home: whose it is, whether it can be written, what disk it is on. */
import { accessSync, constants, statfsSync, statSync } from "node:fs";
import path from "node:path";
import { MillraceError, toError } from "../protocol/errors.ts";
import { homePaths } from "../protocol/home.ts";
import { errorCode, isMissing, realDisk, replaceFile } from "./disk.ts";
import type { Disk } from "./types.ts";

/** Grows when an older Millrace would do damage in a newer home. */
export const homeVersion = 1;

export interface PrepareHomeOptions {
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Magic number of the file system (statfs), undefined where it can't be had. */
  readonly fileSystem?: (folder: string) => number | undefined;
  readonly warn?: (message: string) => void;
}

/**
 * Makes the home and its folders when they are missing.
 * @throws MillraceError "home-unusable" when it can't be used as it is, "home-newer" when a newer Millrace made it.
 */
export async function prepareHome(disk: Disk, home: string, options: PrepareHomeOptions = {}): Promise<void> {
  const marker = path.join(home, "home.json");
  const version = readVersion(disk, marker);
  if (version === undefined) {
    await makeHome(disk, home, marker);
  } else if (version > homeVersion) {
    throw new MillraceError(
      "home-newer",
      `${home} belongs to a newer Millrace (home version ${version}, this one knows ${homeVersion}): ` +
        "update Millrace, or choose another folder with MILLRACE_HOME",
    );
  }
  if (disk === realDisk) checkAccess(home);
  refuseNetwork(home, options);
}

async function makeHome(disk: Disk, home: string, marker: string): Promise<void> {
  try {
    const made = [
      ...disk.makeFolder(home),
      ...[homePaths.runs(home), homePaths.live(home), homePaths.cache(home)].flatMap((folder) =>
        disk.makeFolder(folder),
      ),
    ];
    await Promise.all([...new Set(made.map((folder) => path.dirname(folder)))].map(disk.syncFolder));
    // Who made the folder before us may have been killed before this; whose it is may not let us look into its parent.
    await disk.syncFolder(path.dirname(path.resolve(home))).catch(() => undefined);
    // Last: who finds it does not look whether the rest is durable.
    await replaceFile(disk, marker, `${JSON.stringify({ version: homeVersion })}\n`);
  } catch (error) {
    throw unusable(home, error);
  }
}

function readVersion(disk: Disk, marker: string): number | undefined {
  let text: string;
  try {
    text = Buffer.from(disk.readFile(marker)).toString("utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw unusable(path.dirname(marker), error);
  }
  try {
    const content: unknown = JSON.parse(text);
    if (typeof content === "object" && content !== null && "version" in content) {
      if (typeof content.version === "number") return content.version;
    }
  } catch {
    // Said below.
  }
  throw new MillraceError(
    "home-unusable",
    `${marker} is damaged; it should read {"version":${homeVersion}}: correct it, or choose another folder with MILLRACE_HOME`,
  );
}

/** What the system says when a home cannot be used, in words that help. */
export function unusable(home: string, error: unknown): MillraceError {
  const code = errorCode(error);
  const reason =
    code === "ENOTDIR" || code === "EEXIST"
      ? "a file stands where the folder should be"
      : code === "EACCES" || code === "EPERM"
        ? "it may not be written or read by this user"
        : code === "EROFS"
          ? "it is on a read-only disk"
          : code === "ENOSPC" || code === "EDQUOT"
            ? "the disk is full"
            : toError(error).message;
  return new MillraceError(
    "home-unusable",
    `the home folder ${home} cannot be used: ${reason}. Put that right, or choose another folder with MILLRACE_HOME`,
    { cause: error },
  );
}

/** A home of long ago may have become unreadable or read-only since. */
function checkAccess(home: string): void {
  try {
    if (!statSync(home).isDirectory()) throw Object.assign(new Error("not a folder"), { code: "ENOTDIR" });
    accessSync(home, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw unusable(home, error);
  }
}

/** statfs magic numbers of file systems on which exclusive creation and syncs cannot be relied upon. */
const networkFileSystems: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB2"],
  [0x65735546, "FUSE"],
  [0x01021997, "9P"],
  [0x5346414f, "AFS"],
  [0x00c36400, "Ceph"],
  [0x47504653, "GPFS"],
  [0x0bd00bd0, "Lustre"],
]);

function refuseNetwork(home: string, options: PrepareHomeOptions): void {
  const magic = (options.fileSystem ?? fileSystemOf)(home);
  // The kernel's long is signed on some platforms.
  const name = magic === undefined ? undefined : networkFileSystems.get(magic >>> 0);
  if (name === undefined) return;
  if ((options.environment ?? process.env)["MILLRACE_ALLOW_NETWORK_HOME"] === "1") {
    options.warn?.(`the home folder ${home} is on a network file system (${name}): a crash may lose acknowledged work`);
    return;
  }
  throw new MillraceError(
    "home-unusable",
    `the home folder ${home} is on a network file system (${name}), where neither locks nor syncs can be relied upon: ` +
      "choose a local folder with MILLRACE_HOME, or set MILLRACE_ALLOW_NETWORK_HOME=1 to use it all the same",
  );
}

function fileSystemOf(folder: string): number | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    return statfsSync(folder).type;
  } catch {
    return undefined;
  }
}
