/** Who gives way to whom when a client and an orchestrator of different versions meet. Pure. */
import type { Health } from "../protocol/api.ts";
import { MillraceError } from "../protocol/errors.ts";
import { millraceVersion, protocolVersion } from "../protocol/version.ts";

export interface Identity {
  readonly version: string;
  readonly protocol: { readonly major: number; readonly minor: number };
}

export const ownIdentity: Identity = { version: millraceVersion, protocol: protocolVersion };

/**
 * "same": talk. "older": the orchestrator is older and should drain for us; it can still be talked to when `usable`.
 * @throws MillraceError "home-newer" when the orchestrator is of a newer major.
 */
export function compare(orchestrator: Pick<Health, "version" | "protocol">, client: Identity): Relation {
  if (orchestrator.protocol.major > client.protocol.major) {
    throw new MillraceError(
      "home-newer",
      `This home is run by Millrace ${orchestrator.version}, which is newer than this one (${client.version}) and speaks ` +
        `another protocol (${orchestrator.protocol.major} instead of ${client.protocol.major}). Update this Millrace - the ` +
        "extension in the editor, the npm package in a project - or set MILLRACE_HOME to another folder.",
    );
  }
  const usable = orchestrator.protocol.major === client.protocol.major;
  const older =
    !usable ||
    orchestrator.protocol.minor < client.protocol.minor ||
    compareVersions(orchestrator.version, client.version) < 0;
  return older ? { kind: "older", usable } : { kind: "same", usable };
}

export interface Relation {
  readonly kind: "same" | "older";
  readonly usable: boolean;
}

/** Semantic versions: negative when `left` is older. A pre-release is older than its release. */
export function compareVersions(left: string, right: string): number {
  const [leftNumbers, leftSuffix] = split(left);
  const [rightNumbers, rightSuffix] = split(right);
  for (let index = 0; index < 3; index++) {
    const difference = (leftNumbers[index] ?? 0) - (rightNumbers[index] ?? 0);
    if (difference !== 0) return difference;
  }
  if (leftSuffix === rightSuffix) return 0;
  if (leftSuffix === "") return 1;
  if (rightSuffix === "") return -1;
  return leftSuffix.localeCompare(rightSuffix, "en", { numeric: true });
}

function split(version: string): [readonly number[], string] {
  const plus = version.indexOf("+");
  const plain = plus < 0 ? version : version.slice(0, plus);
  const dash = plain.indexOf("-");
  const numbers = (dash < 0 ? plain : plain.slice(0, dash)).split(".").map((part) => Number(part) || 0);
  return [numbers, dash < 0 ? "" : plain.slice(dash + 1)];
}
