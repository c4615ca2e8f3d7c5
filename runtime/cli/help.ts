/** Help texts, made from the table. Pure: text in a given width. */
import { type CommandSpec, commonOptions, type GroupSpec, type OptionSpec } from "./command.ts";
import type { Style } from "./terminal/style.ts";
import { padEnd, textWidth, wrap } from "./terminal/width.ts";

/** Lines longer than this are hard to read even on a wide terminal. */
const readable = 100;

export interface HelpPage {
  readonly style: Style;
  readonly width: number;
}

export function overview(commands: readonly CommandSpec[], groups: readonly GroupSpec[], page: HelpPage): string {
  const { style } = page;
  const visible = commands.filter((command) => !command.hidden);
  const single = visible.filter((command) => !command.name.includes(" "));
  const entries = (names: readonly string[]): (readonly [string, string])[] =>
    names.map((name) => [
      name,
      single.find((command) => command.name === name)?.summary ??
        groups.find((group) => group.name === name)?.summary ??
        "",
    ]);
  const start = ["run", "flows"];
  const state = groups.map((group) => group.name);
  const rest = single.map((command) => command.name).filter((name) => !start.includes(name));
  return joinLines([
    ...wrap(
      `${style.bold("Millrace")} runs workflows written in TypeScript, and resumes them where they stopped.`,
      readableWidth(page),
    ),
    "",
    heading("Usage", style),
    "  millrace <command> [options]",
    "",
    heading("Flows", style),
    ...list(entries(start), page),
    "",
    heading("What ran, and what it needs", style),
    ...list(entries(state), page),
    "",
    heading("More", style),
    ...list(entries(rest), page),
    "",
    ...wrap(
      "millrace <command> --help tells more about one command. Every command takes --json and --home DIR.",
      readableWidth(page),
    ),
  ]);
}

export function groupHelp(group: GroupSpec, commands: readonly CommandSpec[], page: HelpPage): string {
  const members = commands.filter((command) => !command.hidden && command.name.startsWith(`${group.name} `));
  return joinLines([
    `${group.summary}.`,
    "",
    heading("Usage", page.style),
    `  millrace ${group.name} <command> [options]`,
    "",
    heading("Commands", page.style),
    ...list(
      members.map((command) => [command.name.slice(group.name.length + 1), command.summary] as const),
      page,
    ),
    "",
    `millrace ${group.name} <command> --help tells more about one command.`,
  ]);
}

/** @param commands all there are: some commands have others under them */
export function commandHelp(command: CommandSpec, page: HelpPage, commands: readonly CommandSpec[] = []): string {
  const { style } = page;
  const members = commands.filter(({ hidden, name }) => !hidden && name.startsWith(`${command.name} `));
  const lines = wrap(`${command.summary}.`, readableWidth(page));
  if (command.description !== undefined) {
    lines.push("", ...command.description.split("\n").flatMap((paragraph) => wrap(paragraph, readableWidth(page))));
  }
  lines.push("", heading("Usage", style), ...wrapUsage(usageLine(command), page));
  if (members.length > 0) {
    const entries = members.map(({ name, summary }) => [name.slice(command.name.length + 1), summary] as const);
    lines.push("", heading("Commands", style), ...list(entries, page));
  }
  const args = command.arguments ?? [];
  if (args.length > 0) {
    lines.push(
      "",
      heading("Arguments", style),
      ...list(
        args.map(({ name, summary }) => [name, summary]),
        page,
      ),
    );
  }
  const own = command.options ?? [];
  if (own.length > 0) lines.push("", heading("Options", style), ...list(own.map(optionEntry), page));
  const common = commonOptions.filter((option) => !own.some((other) => other.name === option.name));
  lines.push("", heading("Everywhere", style), ...list(common.map(optionEntry), page));
  const examples = command.examples ?? [];
  if (examples.length > 0) {
    lines.push("", heading("Examples", style));
    for (const { line, what } of examples) lines.push(`  ${style.dim(`# ${what}`)}`, `  ${line}`);
  }
  return joinLines(lines);
}

export function usageLine(command: CommandSpec): string {
  const args = (command.arguments ?? []).map((argument) => {
    const name = argument.many ? `${argument.name}…` : argument.name;
    return argument.required ? name : `[${name}]`;
  });
  return ["millrace", command.name, ...args, "[options]"].join(" ");
}

function optionEntry(option: OptionSpec): readonly [string, string] {
  const short = option.short === undefined ? "    " : `-${option.short}, `;
  const value = option.value === undefined ? "" : ` ${option.value}`;
  const choices = option.choices === undefined ? "" : `: ${option.choices.join(", ")}`;
  return [`${short}--${option.name}${value}`, `${option.summary}${choices}${option.many ? "; may be repeated" : ""}`];
}

function heading(text: string, style: Style): string {
  return style.bold(text);
}

/** Two columns; the second wraps under itself, or goes below where the terminal is narrow. */
function list(entries: readonly (readonly [string, string])[], page: HelpPage): string[] {
  const left = Math.max(...entries.map(([name]) => textWidth(name)));
  const width = readableWidth(page);
  if (left + 24 > width) {
    return entries.flatMap(([name, text]) => [`  ${name}`, ...wrap(text, width - 6).map((line) => `      ${line}`)]);
  }
  return entries.flatMap(([name, text]) => {
    const lines = wrap(text, width - left - 4);
    return lines.map((line, index) => `  ${padEnd(index === 0 ? name : "", left)}  ${line}`);
  });
}

function wrapUsage(text: string, page: HelpPage): string[] {
  return wrap(text, readableWidth(page) - 4).map((line, index) => (index === 0 ? `  ${line}` : `      ${line}`));
}

function readableWidth(page: HelpPage): number {
  return Math.min(page.width, readable);
}

function joinLines(lines: readonly string[]): string {
  return `${lines.join("\n")}\n`;
}
