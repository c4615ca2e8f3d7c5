import { exitCodes } from "../../protocol/errors.ts";
import type { CommandHandler } from "../command.ts";
import { findCommand } from "../find-command.ts";
import { commandHelp, groupHelp, overview } from "../help.ts";
import { commands, groups } from "../table.ts";

export const helpHandler: CommandHandler = async ({ io, input }) => {
  const page = { style: io.style, width: io.columns() };
  const found = findCommand(input.arguments);
  if (found.kind === "overview") io.out(overview(commands, groups, page));
  else if (found.kind === "group") io.out(groupHelp(found.group, commands, page));
  else io.out(commandHelp(found.command, page));
  return exitCodes.completed;
};
