import assert from "node:assert/strict";
import { test } from "node:test";
import { makeScreen } from "../../../runtime/cli/terminal/screen.ts";
import { makeTerminal } from "./terminal.ts";

function setUp(columns = 40) {
  const terminal = makeTerminal(columns);
  const writes: string[] = [];
  const screen = makeScreen({
    write: (text) => {
      writes.push(text);
      terminal.write(text);
    },
    columns: () => terminal.columns,
  });
  return { terminal, screen, writes };
}

test("should draw lines again in place, growing and shrinking", () => {
  const { terminal, screen } = setUp();
  terminal.write("before\n");
  screen.draw(["a", "b"]);
  screen.draw(["a", "B", "c"]);
  assert.deepEqual(terminal.lines(), ["before", "a", "B", "c"]);
  screen.draw(["only"]);
  assert.deepEqual(terminal.lines(), ["before", "only"]);
});

test("should write only the lines that changed, each frame at once", () => {
  const { screen, writes } = setUp();
  screen.draw(["first", "second"]);
  screen.draw(["first", "changed"]);
  screen.draw(["first", "changed"]);
  assert.equal(writes.length, 2);
  assert.ok(writes[1]?.includes("changed"));
  assert.ok(!writes[1]?.includes("first"));
});

test("should print lines that stay above the region", () => {
  const { terminal, screen } = setUp();
  screen.draw(["tree"]);
  screen.print(["log 1", "log 2"]);
  screen.draw(["tree 2"]);
  assert.deepEqual(terminal.lines(), ["log 1", "log 2", "tree 2"]);
});

test("should take the region away and give the cursor back", () => {
  const { terminal, screen, writes } = setUp();
  screen.draw(["a", "b"]);
  assert.ok(writes[0]?.includes("\u001b[?25l"));
  screen.close();
  assert.deepEqual(terminal.lines(), []);
  assert.ok(writes.at(-1)?.includes("\u001b[?25h"));
});

test("should cut lines so that none wraps", () => {
  const { terminal, screen } = setUp(10);
  screen.draw(["a".repeat(50), "テ".repeat(20)]);
  assert.deepEqual(terminal.lines(), ["aaaaaaaa…", "テテテテ…"]);
});

test("should leave nothing behind when the terminal becomes narrower", () => {
  const { terminal, screen } = setUp(30);
  terminal.write("before\n");
  screen.draw(["x".repeat(25), "y".repeat(25)]);
  terminal.resize(15);
  screen.draw(["new"]);
  assert.deepEqual(terminal.lines(), ["before", "new"]);
});
