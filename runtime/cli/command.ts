/** What a command is: one entry of the table that parsing, help and shell completion are all made from. */

/** What can stand in a place, for the shell's completion. */
export type CompletionKind =
  | "file"
  | "folder"
  | "flow-file"
  | "run"
  | "live-run"
  | "flow"
  | "variable"
  | "block-type"
  | "block"
  | "command"
  | "task"
  | "deployment"
  | "automation"
  | "pool"
  | "none";

export interface ArgumentSpec {
  /** Upper case in help: FILE[:FLOW]. */
  readonly name: string;
  readonly summary: string;
  readonly required?: boolean;
  /** Takes all that are left. */
  readonly many?: boolean;
  readonly complete?: CompletionKind;
  readonly choices?: readonly string[];
}

export interface OptionSpec {
  /** Long name without dashes. */
  readonly name: string;
  readonly short?: string;
  /** Name of the value in help; without it the option is a flag. */
  readonly value?: string;
  readonly many?: boolean;
  readonly summary: string;
  readonly complete?: CompletionKind;
  readonly choices?: readonly string[];
}

export interface ExampleSpec {
  readonly line: string;
  readonly what: string;
}

export interface CommandSpec {
  /** Words of the command: "run", "runs show". */
  readonly name: string;
  /** One line, no full stop: stands in lists. */
  readonly summary: string;
  /** Further paragraphs of the command's own help. */
  readonly description?: string;
  readonly arguments?: readonly ArgumentSpec[];
  readonly options?: readonly OptionSpec[];
  readonly examples?: readonly ExampleSpec[];
  /** Works, but is in no list: what the shells call for completion. */
  readonly hidden?: boolean;
  /** Everything after the command's name is given to the handler as it stands. */
  readonly raw?: boolean;
  readonly load: () => Promise<CommandHandler>;
}

export interface GroupSpec {
  readonly name: string;
  readonly summary: string;
}

/** Resolves to the exit code; throws MillraceError for what the user should read. */
export type CommandHandler = (context: CommandContext) => Promise<number>;

export interface CommandContext {
  readonly command: CommandSpec;
  readonly input: CommandInput;
  readonly io: Io;
  /** Home folder, from --home, MILLRACE_HOME or the default. */
  readonly home: string;
  readonly json: boolean;
}

/** Parsed arguments and options; asking for an option that the command does not have is a bug and throws. */
export interface CommandInput {
  readonly arguments: readonly string[];
  flag(name: string): boolean;
  text(name: string): string | undefined;
  list(name: string): readonly string[];
}

/** The process as a command sees it, so that tests can give it another. */
export interface Io {
  /** Writes text as it stands to the standard output. */
  out(text: string): void;
  err(text: string): void;
  readonly style: import("./terminal/style.ts").Style;
  /** Whether a person reads the standard output. */
  readonly terminal: boolean;
  /** Whether a person can be asked. */
  readonly interactive: boolean;
  columns(): number;
  rows(): number;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** Options that every command takes. */
export const commonOptions: readonly OptionSpec[] = [
  { name: "json", summary: "Print JSON" },
  { name: "home", value: "DIR", summary: "Home folder (default: $MILLRACE_HOME or ~/.millrace)", complete: "folder" },
  { name: "profile", value: "NAME", summary: "Profile to work with (default: $MILLRACE_PROFILE or the one in use)" },
  { name: "no-color", summary: "No colours; NO_COLOR does the same" },
  { name: "help", short: "h", summary: "Show this help" },
];
