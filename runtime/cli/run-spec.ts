/** The entry of `run` in the table; on its own, because the runner's bundle carries it without the rest. */
import type { CommandSpec } from "./command.ts";
import { environmentOptions } from "./run/environment.ts";

export const runSpec: CommandSpec = {
  name: "run",
  summary: "Run a flow from a file",
  description:
    "Runs here, in this process: nothing needs to be up. The run is recorded step by step in the home folder, so that it can be looked at later and resumed where it stopped.\nExit code: 0 completed; 1 failed; 2 nothing of the flow ran, because the command line, a parameter or the file is wrong; 3 crashed or cancelled.",
  arguments: [
    {
      name: "FILE[:FLOW]",
      summary: "The file, and the flow in it (its export or its name) when it has more than one",
      required: true,
      complete: "flow-file",
    },
  ],
  options: [
    ...environmentOptions,
    {
      name: "param",
      short: "p",
      value: "KEY=VALUE",
      many: true,
      summary: "One parameter; the value is JSON where it parses as JSON, text otherwise",
    },
    { name: "params", value: "FILE|JSON", summary: "All parameters, from a JSON file or as JSON", complete: "file" },
    { name: "watch", summary: "Run again whenever a source file of the flow changes" },
    {
      name: "idempotency-key",
      value: "KEY",
      summary: "Run once for this key: when the home has such a run of this flow already, show that one",
    },
    { name: "name", value: "NAME", summary: "Name of the run (default: two random words)" },
    { name: "tag", value: "TAG", many: true, summary: "Tag of the run" },
    { name: "quiet", short: "q", summary: "Print only the end of the run" },
    { name: "verbose", short: "v", summary: "Print every state change, and debug logs too" },
    { name: "json", summary: "Print each record as a line of JSON, and a summary as the last line" },
  ],
  examples: [
    { line: "millrace run etl.ts", what: "the only flow of a file" },
    { line: "millrace run etl.ts:backfill -p year=2021 -p 'months=[1,2,3]'", what: "one of several, with parameters" },
    {
      line: "millrace run etl.ts --params params.json --json | jq .",
      what: "parameters from a file, output for programs",
    },
    { line: "millrace run etl.ts --watch", what: "while writing it" },
  ],
  load: async () => {
    const { runHandler } = await import("./run-command.ts");
    return runHandler;
  },
};
