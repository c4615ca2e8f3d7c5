/** Which home, or which orchestrator elsewhere, a command works with. */
import path from "node:path";
import { chosenPlace, isRemote } from "../client/profiles.ts";
import { MillraceError } from "../protocol/errors.ts";
import { homeFolder } from "../protocol/home.ts";
import type { CommandInput, CommandSpec, Io } from "./command.ts";

/**
 * Commands that ask the orchestrator and read no files of the home. Secrets are typed where the home is: they would cross
 * the network in the clear.
 */
const elsewhere =
  /^(__complete|automations|deployments|backfill|pools|variables|worker|runs (ls|show|logs|cancel|continue|resume|retry|rm)|blocks (ls|types|show|rename|rm))\b/;

export const worksElsewhere = ({ name }: Pick<CommandSpec, "name">): boolean => elsewhere.test(name);
/** Commands that need no home: they must work when the profile in use is not there any more. */
const needsNone = /^(profiles|help|version|completion)\b/;

/** @throws MillraceError "not-found" for a profile that is not there, "bad-usage" for one that the command cannot use. */
export function chosenHome(command: CommandSpec, input: CommandInput, io: Pick<Io, "cwd" | "environment">): string {
  const [home, profile] = [input.text("home"), input.text("profile")];
  if (home !== undefined && profile !== undefined) {
    throw new MillraceError("bad-usage", `millrace ${command.name}: --home and --profile: say one of them.`);
  }
  if (needsNone.test(command.name) && profile === undefined) {
    return home === undefined ? homeFolder(io.environment) : path.resolve(io.cwd, home);
  }
  const place = chosenPlace(
    { home: home === undefined ? undefined : path.resolve(io.cwd, home), profile },
    io.environment,
  );
  if (isRemote(place) && !worksElsewhere(command)) {
    throw new MillraceError(
      "bad-usage",
      `millrace ${command.name} works with a home on this machine, and the profile is the orchestrator at ${place}. ` +
        "Run it there, or choose another with --profile NAME or --home DIR (millrace profiles ls lists them).",
    );
  }
  return place;
}
