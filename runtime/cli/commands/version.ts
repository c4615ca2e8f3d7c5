import { exitCodes } from "../../protocol/errors.ts";
import { millraceVersion, protocolVersion } from "../../protocol/version.ts";
import type { CommandHandler } from "../command.ts";

export const versionHandler: CommandHandler = async ({ io, json }) => {
  const { version, execPath, platform, arch } = process;
  if (json) {
    const facts = {
      version: millraceVersion,
      protocol: protocolVersion,
      node: version,
      node_path: execPath,
      platform,
      arch,
    };
    io.out(`${JSON.stringify(facts, undefined, 2)}\n`);
  } else io.out(`millrace ${millraceVersion} (Node ${version.slice(1)}, ${platform} ${arch})\n`);
  return exitCodes.completed;
};
