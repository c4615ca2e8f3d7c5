/** What can stand at the end of a command line, from the table and, where it is cheap, from the home and the folder. */
import type { ArgumentSpec, CommandSpec, CompletionKind, GroupSpec, OptionSpec } from "../command.ts";
import { optionsOf } from "../parse.ts";

export interface Suggestion {
  readonly value: string;
  readonly summary?: string;
}

export interface CompletionSources {
  readonly commands: readonly CommandSpec[];
  readonly groups: readonly GroupSpec[];
  /** Candidates of a kind; "file" and "folder" are left to the shell. */
  readonly lookUp: (kind: CompletionKind, typed: string, before: readonly string[]) => Promise<readonly Suggestion[]>;
}

export interface Completion {
  readonly suggestions: readonly Suggestion[];
  /** The shell adds its own file names. */
  readonly files: "none" | "files" | "folders";
}

/** `words` follow the program's name; the last one is being typed and may be empty. */
export async function complete(words: readonly string[], sources: CompletionSources): Promise<Completion> {
  const typed = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const found = commandOf(before, sources);
  if (found === undefined) return only(commandNames(before, sources), typed);
  const { command, rest } = found;
  const options = optionsOf(command);
  const waiting = optionWaiting(options, rest);
  if (waiting !== undefined) return values(waiting, typed, before, sources);
  const inline = /^--([^=]+)=(.*)$/s.exec(typed);
  if (inline?.[1] !== undefined && !rest.includes("--")) {
    const option = options.find(({ name, value }) => name === inline[1] && value !== undefined);
    if (option === undefined) return nothing;
    const answer = await values(option, inline[2] ?? "", before, sources);
    return {
      ...answer,
      suggestions: answer.suggestions.map((each) => ({ ...each, value: `--${option.name}=${each.value}` })),
    };
  }
  if (typed.startsWith("-") && !rest.includes("--")) {
    const used = new Set(
      rest.filter((word) => word.startsWith("--")).map((word) => word.slice(2).replace(/=.*$/s, "")),
    );
    const free = options.filter(({ name, many }) => many || !used.has(name));
    return only(
      free.map(({ name, summary }) => ({ value: `--${name}`, summary })),
      typed,
    );
  }
  const argument = argumentAt(command, positionals(options, rest).length);
  return argument === undefined ? nothing : values(argument, typed, before, sources);
}

const nothing: Completion = { suggestions: [], files: "none" };

function commandOf(
  before: readonly string[],
  { commands }: CompletionSources,
): { command: CommandSpec; rest: readonly string[] } | undefined {
  for (const length of [2, 1]) {
    if (before.length < length) continue;
    const command = commands.find(({ name }) => name === before.slice(0, length).join(" "));
    if (command !== undefined) return { command, rest: before.slice(length) };
  }
  return undefined;
}

function commandNames(before: readonly string[], { commands, groups }: CompletionSources): Suggestion[] {
  const visible = commands.filter(({ hidden }) => !hidden);
  if (before.length === 0) {
    const single = visible
      .filter(({ name }) => !name.includes(" "))
      .map(({ name, summary }) => ({ value: name, summary }));
    return [...single, ...groups.map(({ name, summary }) => ({ value: name, summary }))];
  }
  if (before.length > 1) return [];
  const prefix = `${before[0]} `;
  return visible
    .filter(({ name }) => name.startsWith(prefix))
    .map(({ name, summary }) => ({ value: name.slice(prefix.length), summary }));
}

/** The option whose value is being typed: the word before it, in a group of short ones too ("-qn"). */
function optionWaiting(options: readonly OptionSpec[], rest: readonly string[]): OptionSpec | undefined {
  const last = rest.at(-1);
  if (last === undefined || rest.slice(0, -1).includes("--")) return undefined;
  const isLong = last.startsWith("--");
  const name = isLong ? last.slice(2) : /^-[a-zA-Z]+$/.test(last) ? last.slice(-1) : undefined;
  if (name === undefined) return undefined;
  return options.find(
    (option) => option.value !== undefined && (isLong ? option.name === name : option.short === name),
  );
}

function positionals(options: readonly OptionSpec[], rest: readonly string[]): string[] {
  const result: string[] = [];
  for (let index = 0; index < rest.length; index++) {
    const word = rest[index] ?? "";
    if (word === "--") return [...result, ...rest.slice(index + 1)];
    if (!word.startsWith("-") || word === "-") result.push(word);
    else if (optionWaiting(options, [word]) !== undefined) index++;
  }
  return result;
}

function argumentAt(command: CommandSpec, position: number): ArgumentSpec | undefined {
  const specs = command.arguments ?? [];
  return specs[position] ?? (specs.at(-1)?.many ? specs.at(-1) : undefined);
}

async function values(
  spec: ArgumentSpec | OptionSpec,
  typed: string,
  before: readonly string[],
  sources: CompletionSources,
): Promise<Completion> {
  if (spec.choices !== undefined)
    return only(
      spec.choices.map((value) => ({ value })),
      typed,
    );
  switch (spec.complete) {
    case undefined:
    case "none":
      return nothing;
    case "file":
      return { suggestions: [], files: "files" };
    case "folder":
      return { suggestions: [], files: "folders" };
    case "command":
      return only(commandNames(before.slice(1), sources), typed);
    case "flow-file": {
      const suggestions = startingWith(await sources.lookUp("flow-file", typed, before), typed);
      // The shell's own names only where there are no files with flows: both together would come twice.
      return { suggestions, files: suggestions.length === 0 ? "files" : "none" };
    }
    default:
      return only(await sources.lookUp(spec.complete, typed, before), typed);
  }
}

function only(suggestions: readonly Suggestion[], typed: string): Completion {
  return { suggestions: startingWith(suggestions, typed), files: "none" };
}

function startingWith(suggestions: readonly Suggestion[], typed: string): Suggestion[] {
  return suggestions.filter(({ value }) => value.startsWith(typed));
}
