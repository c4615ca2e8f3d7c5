/** The entries of `millrace blocks …` in the table. */
import type { ArgumentSpec, CommandSpec, OptionSpec } from "./command.ts";

const type: ArgumentSpec = {
  name: "TYPE",
  summary: 'Slug of the type ("local-bucket") or its class ("LocalBucket"); TYPE/NAME in one word works too',
  required: true,
  complete: "block-type",
};
const name: ArgumentSpec = { name: "NAME", summary: "Name of the block", complete: "block" };

const values: readonly OptionSpec[] = [
  {
    name: "field",
    short: "f",
    value: "FIELD=VALUE",
    many: true,
    summary: "A field; JSON where the field is no text; the name of a block where it refers to one; - reads the input",
  },
  {
    name: "data",
    value: "FILE|JSON",
    summary: "All fields as JSON: a text, a file, or - for the input",
    complete: "file",
  },
  { name: "env", value: "FIELD=NAME", many: true, summary: "A field whose value is that of an environment variable" },
];

export const blockCommands: readonly CommandSpec[] = [
  {
    name: "blocks ls",
    summary: "List the saved blocks",
    arguments: [{ ...type, required: false, summary: "Only blocks of this type" }],
    load: async () => (await import("./commands/blocks.ts")).blocksListHandler,
  },
  {
    name: "blocks types",
    summary: "List the block types: built-in ones and those that were registered",
    load: async () => (await import("./commands/blocks.ts")).blockTypesHandler,
  },
  {
    name: "blocks show",
    summary: "Show a block: its fields without the secrets, what uses it, how code loads it",
    arguments: [type, name],
    load: async () => (await import("./commands/blocks.ts")).blocksShowHandler,
  },
  {
    name: "blocks save",
    summary: "Save a block",
    description:
      "Secrets that are missing are asked for without showing them, where somebody can be asked. On a command line they stand in the history of the shell: leave them out, or write -f password=- and give them over the input.",
    arguments: [type, name],
    options: [
      ...values,
      { name: "overwrite", summary: "Change the block that has this name: fields that are not given stay as they are" },
      { name: "unset", value: "FIELD", many: true, summary: "With --overwrite: take this field away" },
    ],
    examples: [
      { line: "millrace blocks save local-bucket zoom -f basepath=/data/zoom", what: "a folder as a bucket" },
      { line: "millrace blocks save secret crm-token --env value=CRM_TOKEN", what: "a variable, read at each run" },
      { line: "millrace blocks save secret crm-token", what: "asks for the secret without showing it" },
    ],
    load: async () => (await import("./commands/blocks-save.ts")).blocksSaveHandler,
  },
  {
    name: "blocks test",
    summary: "Test a block, step by step: a saved one, or values that are not saved yet",
    description: "Exit code: 0 when every step is fine, 1 when one is not.",
    arguments: [type, { ...name, summary: "Name of a saved block; without it the values given are tested" }],
    options: values,
    load: async () => (await import("./commands/blocks-test.ts")).blocksTestHandler,
  },
  {
    name: "blocks rename",
    summary: "Rename a block, and the references of other blocks to it",
    arguments: [type, { ...name, required: true }, { name: "NEW", summary: "Its new name", required: true }],
    load: async () => (await import("./commands/blocks.ts")).blocksRenameHandler,
  },
  {
    name: "blocks rm",
    summary: "Delete a block with its secrets, or with --type a registered type",
    arguments: [type, name],
    options: [
      { name: "force", summary: "Delete it also when other blocks refer to it" },
      { name: "type", summary: "Delete the type itself; it must have no saved blocks" },
      { name: "yes", short: "y", summary: "Do not ask" },
    ],
    load: async () => (await import("./commands/blocks.ts")).blocksRemoveHandler,
  },
  {
    name: "blocks register",
    summary: "Register the block classes that a file or an installed package exports",
    description: "Loads it in a process of its own (5 seconds at most). Done again, it takes in what has changed.",
    arguments: [{ name: "FILE|PACKAGE", summary: "The module", required: true, complete: "file" }],
    examples: [{ line: "millrace blocks register blocks/crm.ts", what: "the classes of one file" }],
    load: async () => (await import("./commands/blocks.ts")).blocksRegisterHandler,
  },
];
