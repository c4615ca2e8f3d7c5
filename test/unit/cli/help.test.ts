import assert from "node:assert/strict";
import { test } from "node:test";
import { commandHelp, groupHelp, overview } from "../../../runtime/cli/help.ts";
import { main } from "../../../runtime/cli/main.ts";
import { optionsOf } from "../../../runtime/cli/parse.ts";
import { commands, groups } from "../../../runtime/cli/table.ts";
import { textWidth } from "../../../runtime/cli/terminal/width.ts";
import { memoryIo, plainStyle } from "./support.ts";

const visible = commands.filter(({ hidden }) => !hidden);

test("should list every command in the overview or in its group", () => {
  const page = { style: plainStyle, width: 80 };
  const texts = [
    overview(commands, groups, page),
    ...groups.map((group) => groupHelp(group, commands, page)),
    ...visible.map((command) => commandHelp(command, page, commands).replace(/^.*\n/, "")),
  ].join("\n");
  for (const { summary } of visible) assert.ok(texts.replace(/\n\s+/g, " ").includes(summary), summary);
  assert.ok(!texts.includes("__complete"));
});

test("should tell about every argument and option of each command, within the width", () => {
  for (const command of visible) {
    for (const width of [80, 40]) {
      const text = commandHelp(command, { style: plainStyle, width });
      for (const { name } of optionsOf(command)) assert.ok(text.includes(`--${name}`), `${command.name} --${name}`);
      for (const { name } of command.arguments ?? []) assert.ok(text.includes(name), `${command.name} ${name}`);
      const examples = (command.examples ?? []).flatMap(({ line, what }) => [`  ${line}`, `  # ${what}`]);
      for (const line of text.split("\n")) {
        assert.ok(
          textWidth(line) <= Math.max(width, 48) || examples.includes(line) || /^ {2}-| {2}\S+$/.test(line),
          `${command.name} ${width}: ${line}`,
        );
      }
    }
  }
});

test("should give every command a summary without a full stop and options that do not clash", () => {
  for (const command of commands) {
    assert.match(command.summary, /[^.]$/, command.name);
    const options = optionsOf(command);
    for (const key of ["name", "short"] as const) {
      const given = options.flatMap((option) => option[key] ?? []);
      assert.equal(new Set(given).size, given.length, `${command.name}: ${given}`);
    }
  }
});

test("should give examples that parse", async () => {
  const { parseCommand } = await import("../../../runtime/cli/parse.ts");
  for (const command of commands) {
    for (const { line } of command.examples ?? []) {
      const words = (line.replace(/ \|.*$/, "").match(/"[^"]*"|'[^']*'|\S+/g) ?? []).map((word) =>
        word.replace(/^["']|["']$/g, ""),
      );
      const own = command.name.split(" ");
      assert.deepEqual(words.slice(0, own.length + 1), ["millrace", ...own], line);
      parseCommand(command, words.slice(own.length + 1));
    }
  }
});

test("should load a handler for every command", async () => {
  for (const command of commands) {
    if (command.name !== "run") assert.equal(typeof (await command.load()), "function", command.name);
  }
});

test("should print help on the standard output and exit 0, and on the error output with 2 when a word is missing", async () => {
  const asked = memoryIo();
  assert.equal(await main(["runs", "--help"], asked), 0);
  assert.match(asked.output(), /millrace runs <command>/);
  const forgotten = memoryIo();
  assert.equal(await main(["runs"], forgotten), 2);
  assert.equal(forgotten.output(), "");
  assert.match(forgotten.errors(), /millrace runs <command>/);
  const help = memoryIo();
  assert.equal(await main(["help", "runs", "show"], help), 0);
  assert.match(help.output(), /millrace runs show \[RUN\]/);
});

test("should print errors as text on the error output, or as JSON on the standard output", async () => {
  const text = memoryIo();
  assert.equal(await main(["runs", "ls", "--limit", "x"], text), 2);
  assert.equal(text.output(), "");
  assert.match(text.errors(), /^error: --limit: "x" is no whole number from 1\.\nSee: millrace runs ls --help\n$/);
  const json = memoryIo();
  assert.equal(await main(["runs", "ls", "--limit", "x", "--json"], json), 2);
  assert.equal(JSON.parse(json.output()).error.code, "bad-usage");
  assert.equal(json.errors(), "");
});
