import { exitCodes } from "../../protocol/errors.ts";
import type { CommandHandler } from "../command.ts";
import { complete } from "../completion/complete.ts";
import { lookUp } from "../completion/look-up.ts";
import { type Shell, scripts } from "../completion/scripts.ts";
import { commands, groups } from "../table.ts";
import { oneLine } from "../terminal/width.ts";

export const completionHandler: CommandHandler = async ({ input, io, json }) => {
  const shell = input.arguments[0];
  const script = shell !== undefined && isShell(shell) ? scripts[shell] : "";
  io.out(json ? `${JSON.stringify({ shell, script })}\n` : script);
  return exitCodes.completed;
};

function isShell(text: string): text is Shell {
  return Object.hasOwn(scripts, text);
}

/** `millrace __complete [--open] -- WORDS…`; --open: an empty word follows, which the shell could not pass. */
export const completeHandler: CommandHandler = async ({ home, input, io }) => {
  const given = [...input.arguments];
  const open = given[0] === "--open";
  if (open) given.shift();
  if (given[0] === "--") given.shift();
  const words = open ? [...given, ""] : given;
  const found = await complete(words, {
    commands,
    groups,
    lookUp: (kind, _typed, before) => lookUp(kind, before, { home, cwd: io.cwd }),
  });
  const lines = found.suggestions.map(({ value, summary }) =>
    summary === undefined ? value : `${value}\t${oneLine(summary)}`,
  );
  io.out([...lines, `:${found.files}`].map((line) => `${line}\n`).join(""));
  return exitCodes.completed;
};
