import assert from "node:assert/strict";
import { test } from "node:test";
import type { CommandSpec } from "../../../runtime/cli/command.ts";
import { findCommand } from "../../../runtime/cli/find-command.ts";
import { parseCommand } from "../../../runtime/cli/parse.ts";
import { runSpec } from "../../../runtime/cli/run-spec.ts";

const command: CommandSpec = {
  name: "try",
  summary: "Try",
  arguments: [{ name: "FILE", summary: "The file", required: true }],
  options: [
    { name: "param", short: "p", value: "K=V", many: true, summary: "" },
    { name: "limit", short: "n", value: "COUNT", summary: "" },
    { name: "level", value: "LEVEL", choices: ["info", "warn"], summary: "" },
    { name: "quiet", short: "q", summary: "" },
  ],
  load: () => Promise.reject(new Error("not called")),
};

const bad = (message: string | RegExp) => ({
  code: "bad-usage",
  exitCode: 2,
  message: typeof message === "string" ? new RegExp(message.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")) : message,
});

test("should read flags, values and repeated options in any order", () => {
  const input = parseCommand(command, ["-q", "a.ts", "-p", "x=1", "--param=y=2", "-n5"]);
  assert.deepEqual(input.arguments, ["a.ts"]);
  assert.equal(input.flag("quiet"), true);
  assert.deepEqual(input.list("param"), ["x=1", "y=2"]);
  assert.equal(input.text("limit"), "5");
  assert.equal(input.text("level"), undefined);
});

test("should take values that begin with a dash, and everything after -- as arguments", () => {
  assert.deepEqual(parseCommand(command, ["a.ts", "-p", "-1"]).list("param"), ["-1"]);
  assert.deepEqual(parseCommand(command, ["--", "-x.ts"]).arguments, ["-x.ts"]);
});

test("should name an unknown option with a near one and the way to the help", () => {
  assert.throws(
    () => parseCommand(command, ["a.ts", "--limt", "3"]),
    bad('unknown option --limt. Did you mean "--limit"?\nSee: millrace try --help'),
  );
  assert.throws(() => parseCommand(command, ["a.ts", "-5"]), bad("put -- before values that begin with a dash"));
});

test("should refuse a value for a flag, a missing value, a value given twice and one that is no choice", () => {
  assert.throws(() => parseCommand(command, ["a.ts", "--quiet=yes"]), bad('--quiet takes no value, "yes" was given'));
  assert.throws(() => parseCommand(command, ["a.ts", "--limit"]), bad("--limit needs a value: --limit COUNT"));
  assert.throws(
    () => parseCommand(command, ["a.ts", "-n", "1", "-n", "2"]),
    bad('--limit was given twice ("1" and "2")'),
  );
  assert.throws(
    () => parseCommand(command, ["a.ts", "--level", "wran"]),
    bad('"wran" is none of info, warn. Did you mean "warn"?'),
  );
});

test("should name a missing argument and one too many", () => {
  assert.throws(() => parseCommand(command, []), bad("FILE is missing: the file."));
  assert.throws(() => parseCommand(command, ["a", "b"]), bad('"b" is one argument too many: millrace try takes one'));
});

test("should ask for help without asking for arguments", () => {
  assert.equal(parseCommand(command, ["--help"]).help, true);
  assert.equal(parseCommand(runSpec, ["-h"]).help, true);
});

test("should find commands of one and of two words", () => {
  const found = findCommand(["runs", "show", "x"]);
  assert.ok(found.kind === "command");
  assert.equal(found.command.name, "runs show");
  assert.deepEqual(found.rest, ["x"]);
  assert.equal(findCommand([]).kind, "overview");
  assert.equal(findCommand(["runs"]).kind, "group");
});

test("should suggest near commands, and run for a file", () => {
  assert.throws(() => findCommand(["rums"]), bad('unknown command "rums". Did you mean "runs"?'));
  assert.throws(() => findCommand(["runs", "sow"]), bad('millrace runs: unknown command "sow". Did you mean "show"?'));
  assert.throws(() => findCommand(["etl.ts:main"]), bad("To run a file: millrace run etl.ts:main"));
  assert.throws(() => findCommand(["--json"]), bad("options go after it"));
});
