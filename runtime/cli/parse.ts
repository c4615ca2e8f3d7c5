/** Arguments of one command → CommandInput, by its entry in the table. Usage errors are MillraceError "bad-usage". */
import { parseArgs } from "node:util";
import { MillraceError } from "../protocol/errors.ts";
import { didYouMean } from "../protocol/near-names.ts";
import { type ArgumentSpec, type CommandInput, type CommandSpec, commonOptions, type OptionSpec } from "./command.ts";

export function optionsOf(command: CommandSpec): readonly OptionSpec[] {
  const own = command.options ?? [];
  return [...own, ...commonOptions.filter((option) => !own.some((other) => other.name === option.name))];
}

export interface ParsedArguments extends CommandInput {
  readonly help: boolean;
}

export function parseCommand(command: CommandSpec, argv: readonly string[]): ParsedArguments {
  const options = optionsOf(command);
  const values = new Map<string, string[]>();
  const positionals: string[] = [];
  for (const token of tokensOf(options, argv)) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const option = options.find(({ name }) => name === token.name);
    if (option === undefined) throw unknownOption(command, token.rawName, options);
    if (option.value === undefined) {
      if (token.value !== undefined)
        throw usage(command, `--${option.name} takes no value, "${token.value}" was given.`);
      values.set(option.name, [""]);
      continue;
    }
    if (token.value === undefined)
      throw usage(command, `${token.rawName} needs a value: ${token.rawName} ${option.value}`);
    checkChoice(command, `--${option.name}`, token.value, option.choices);
    const earlier = values.get(option.name);
    if (earlier === undefined) values.set(option.name, [token.value]);
    else if (option.many) earlier.push(token.value);
    else throw usage(command, `--${option.name} was given twice ("${earlier[0]}" and "${token.value}").`);
  }
  const help = values.has("help");
  if (!help && !command.raw) checkPositionals(command, positionals);
  const known = (name: string): string[] | undefined => {
    if (!options.some((option) => option.name === name)) throw new Error(`millrace ${command.name} has no --${name}`);
    return values.get(name);
  };
  return {
    help,
    arguments: positionals,
    flag: (name) => known(name) !== undefined,
    text: (name) => known(name)?.[0],
    list: (name) => known(name) ?? [],
  };
}

function tokensOf(options: readonly OptionSpec[], argv: readonly string[]) {
  const { tokens } = parseArgs({
    args: [...argv],
    // Not strict: the errors of node:util know neither the command nor near names.
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: Object.fromEntries(
      options.map((option) => [
        option.name,
        {
          type: option.value === undefined ? ("boolean" as const) : ("string" as const),
          ...(option.short === undefined ? {} : { short: option.short }),
        },
      ]),
    ),
  });
  return tokens;
}

function checkPositionals(command: CommandSpec, given: readonly string[]): void {
  const specs = command.arguments ?? [];
  const missing = specs.find((spec, index) => spec.required && given[index] === undefined);
  if (missing !== undefined) {
    throw usage(command, `${placeholder(missing)} is missing: ${lowerFirst(missing.summary)}.`);
  }
  for (const [index, value] of given.entries()) {
    const spec = specs[index] ?? (specs.at(-1)?.many ? specs.at(-1) : undefined);
    if (spec === undefined) {
      const hint = specs.length === 0 ? "takes no arguments" : `takes ${specs.length === 1 ? "one" : specs.length}`;
      throw usage(command, `"${value}" is one argument too many: millrace ${command.name} ${hint}.`);
    }
    checkChoice(command, placeholder(spec), value, spec.choices);
  }
}

function checkChoice(command: CommandSpec, what: string, value: string, choices: readonly string[] | undefined): void {
  if (choices === undefined || choices.includes(value)) return;
  throw usage(command, `${what}: "${value}" is none of ${choices.join(", ")}.${didYouMean(value, choices)}`);
}

function unknownOption(command: CommandSpec, rawName: string, options: readonly OptionSpec[]): MillraceError {
  if (/^-\d/.test(rawName)) {
    return usage(command, `${rawName} was read as an option; put -- before values that begin with a dash.`);
  }
  const typed = rawName.replace(/^-+/, "");
  const near =
    typed.length === 1
      ? ""
      : didYouMean(
          `--${typed}`,
          options.map(({ name }) => `--${name}`),
        );
  return usage(command, `unknown option ${rawName}.${near}`);
}

/** A usage error that ends with the way to the command's help. */
export function usage(command: Pick<CommandSpec, "name">, message: string): MillraceError {
  return new MillraceError("bad-usage", `${message}\nSee: millrace ${command.name} --help`);
}

export function placeholder(argument: ArgumentSpec): string {
  return argument.name;
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
