/** The command on a real terminal (a pseudo terminal made by python3, which most machines have). */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { commandFile } from "../support/places.ts";
import { breakable, makePlace, type Place } from "./cli-support.ts";

const relay = `
import os, pty, struct, fcntl, termios, sys
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(sys.argv[1]), 0, 0))
while True:
    try: data = os.read(fd, 65536)
    except OSError: break
    if not data: break
    sys.stdout.buffer.write(data)
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;
const hasPython = process.platform !== "win32" && spawnSync("python3", ["-c", "import pty"]).status === 0;
const options = { skip: !hasPython && "no python3 with pty", timeout: 60_000 };

function onTerminal(place: Place, environment: NodeJS.ProcessEnv, columns: number, ...args: readonly string[]) {
  const { NO_COLOR, FORCE_COLOR, CI, ...rest } = process.env;
  const ended = spawnSync("python3", ["-c", relay, String(columns), process.execPath, commandFile, ...args], {
    cwd: place.cwd,
    encoding: "utf8",
    env: { ...rest, LANG: "C.UTF-8", TERM: "xterm-256color", MILLRACE_HOME: place.home, ...environment },
  });
  return { code: ended.status, raw: ended.stdout, text: stripVTControlCharacters(ended.stdout).replace(/\r/g, "") };
}

test("should draw the tree in colour and give the cursor back", options, (t) => {
  const place = makePlace(t);
  place.write("etl.ts", breakable);
  const { code, raw, text } = onTerminal(place, {}, 80, "run", "etl.ts");
  assert.equal(code, 1);
  assert.match(
    text,
    /✗ etl-parent [a-z-]+ +\S+ {2}Failed\n├─ ✓ extract-0 .*\n├─ ✗ clean-0 .* TypeError: row 7 has no date\n└─ ✗ load-0 .*\n/,
  );
  assert.ok(raw.includes("\u001b[31m"));
  assert.ok(raw.lastIndexOf("\u001b[?25h") >= raw.lastIndexOf("\u001b[?25l"));
});

test("should draw without colours for NO_COLOR, and plain lines on a dumb terminal", options, (t) => {
  const place = makePlace(t);
  place.write("etl.ts", breakable);
  const plain = onTerminal(place, { NO_COLOR: "1" }, 80, "run", "etl.ts");
  assert.ok(!plain.raw.includes("\u001b[31m"));
  assert.match(plain.text, /✗ clean-0/);
  const dumb = onTerminal(place, { TERM: "dumb" }, 80, "run", "etl.ts");
  assert.ok(!dumb.raw.includes("\u001b"));
  assert.match(dumb.text, /failed {4}clean-0 {2}TypeError: row 7 has no date/);
});

test("should fit lists and help into a narrow terminal", options, (t) => {
  const place = makePlace(t);
  place.write("etl.ts", breakable);
  onTerminal(place, {}, 80, "run", "etl.ts", "--quiet");
  for (const args of [["runs", "ls"], ["runs", "show"], ["--help"]]) {
    const { code, text } = onTerminal(place, {}, 46, ...args);
    assert.equal(code, 0);
    // Commands to copy are never cut.
    for (const line of text.split("\n")) assert.ok(line.length <= 46 || line.includes("millrace "), `${args}: ${line}`);
  }
});
