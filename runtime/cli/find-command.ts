/** Which command the words of a command line name. */
import { MillraceError } from "../protocol/errors.ts";
import { didYouMean } from "../protocol/near-names.ts";
import type { CommandSpec, GroupSpec } from "./command.ts";
import { commands, groups } from "./table.ts";

export type Found =
  | { readonly kind: "overview" }
  | { readonly kind: "group"; readonly group: GroupSpec; readonly asked: boolean }
  | { readonly kind: "command"; readonly command: CommandSpec; readonly rest: readonly string[] };

/** Which command the words name. @throws MillraceError "bad-usage" with near names. */
export function findCommand(argv: readonly string[]): Found {
  const [first, second] = argv;
  if (first === undefined || first === "--help" || first === "-h") return { kind: "overview" };
  if (first === "--version" || first === "-v" || first === "-V") return findCommand(["version", ...argv.slice(1)]);
  // "backfill ls" beside "backfill": the longer name is meant.
  const pair = commands.find(({ name }) => name === `${first} ${second}`);
  if (pair !== undefined) return { kind: "command", command: pair, rest: argv.slice(2) };
  const single = commands.find(({ name }) => name === first);
  if (single !== undefined) return { kind: "command", command: single, rest: argv.slice(1) };
  const group = groups.find(({ name }) => name === first);
  if (group !== undefined) {
    if (second === undefined) return { kind: "group", group, asked: false };
    if (second === "--help" || second === "-h") return { kind: "group", group, asked: true };
    const members = commands
      .filter(({ name }) => name.startsWith(`${first} `))
      .map(({ name }) => name.slice(first.length + 1));
    const hint = didYouMean(second, members) || ` There are: ${members.join(", ")}.`;
    throw new MillraceError(
      "bad-usage",
      `millrace ${first}: unknown command "${second}".${hint}\nSee: millrace ${first} --help`,
    );
  }
  const names = [
    ...commands.filter(({ hidden }) => !hidden).map(({ name }) => name.split(" ")[0] ?? name),
    ...groups.map(({ name }) => name),
  ];
  if (first.startsWith("-")) {
    throw new MillraceError(
      "bad-usage",
      `${first} stands before the command; options go after it.\nSee: millrace --help`,
    );
  }
  const file = /\.[cm]?[jt]sx?(:|$)/.test(first) ? ` To run a file: millrace run ${first}` : "";
  throw new MillraceError(
    "bad-usage",
    `unknown command "${first}".${file || didYouMean(first, names)}\nSee: millrace --help`,
  );
}
