/** Bad input gets a clear error with its exit code, and loses nothing. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { homePaths, runPaths } from "../../runtime/protocol/home.ts";
import { breakable, makePlace } from "./cli-support.ts";

test("should say that a file is missing, with a near name", async (t) => {
  const { millrace, write } = makePlace(t);
  write("etl.ts", breakable);
  const { code, out, err } = await millrace("run", "elt.ts");
  assert.equal(code, 2);
  assert.equal(out, "");
  assert.match(err, /^error: elt\.ts: there is no such file in .*\. Did you mean "etl\.ts"\?\n$/);
});

test("should say where a file does not parse", async (t) => {
  const { millrace, write } = makePlace(t);
  const file = write("bad.ts", "export const a = 1;\nexport const b = ;\n");
  const { code, err } = await millrace("run", "bad.ts");
  assert.equal(code, 2);
  assert.ok(err.includes(`${file}:2:18: `), err);
  assert.ok(err.includes("export const b = ;"), err);
});

test("should say that a file has no flows, and what one looks like", async (t) => {
  const { millrace, write } = makePlace(t);
  write("none.ts", "export const a = 1;\n");
  const { code, err } = await millrace("run", "none.ts");
  assert.equal(code, 2);
  assert.match(err, /exports no flow\. A flow looks like this:/);
});

test("should list the flows of a file with several, and suggest near ones", async (t) => {
  const { millrace, write } = makePlace(t);
  write(
    "two.ts",
    'import { flow } from "millrace";\nexport const first = flow({ async run() {} });\nexport const second = flow({ async run() {} });\n',
  );
  const none = await millrace("run", "two.ts");
  assert.equal(none.code, 2);
  assert.match(none.err, /has 2 flows and none was named; write .*two\.ts:FLOW with one of first, second/);
  const unknown = await millrace("run", "two.ts:frist");
  assert.equal(unknown.code, 2);
  assert.match(unknown.err, /has no flow "frist"\. Did you mean "first"\?/);
});

test("should name each parameter that fails the schema", async (t) => {
  const { millrace, write } = makePlace(t);
  write("etl.ts", breakable);
  const { code, out } = await millrace("run", "etl.ts", "-p", "months=[13]", "-p", "year=soon");
  assert.equal(code, 2);
  assert.match(out, /months\[0\]: /);
  assert.match(out, /year: /);
  assert.doesNotMatch(out, /extract/);
});

test("should say where a parameter file is no JSON", async (t) => {
  const { millrace, write } = makePlace(t);
  write("etl.ts", breakable);
  write("params.json", '{\n  "year": 2021,,\n}\n');
  const { code, err } = await millrace("run", "etl.ts", "--params", "params.json");
  assert.equal(code, 2);
  assert.match(err, /^error: params\.json:2:16: the parameters are no valid JSON: /);
});

test("should fail the task whose result cannot be kept, naming the path inside", async (t) => {
  const { millrace, write } = makePlace(t);
  write(
    "keep.ts",
    'import { flow, task } from "millrace";\nconst make = task({ name: "make", async run() { return { rows: [1], close() {} }; } });\nexport const f = flow({ async run() { await make(); } });\n',
  );
  const { code, out } = await millrace("run", "keep.ts");
  assert.equal(code, 1);
  assert.match(out, /task make/);
  assert.match(out, /close/);
});

test("should say that the home cannot be written, and the way out", async (t) => {
  const { millrace, write, cwd } = makePlace(t);
  write("etl.ts", breakable);
  write("file", "");
  const { code, err } = await millrace("run", "etl.ts", "--home", path.join(cwd, "file", "home"));
  assert.equal(code, 1);
  assert.match(err, /home .* cannot be (used|written).*MILLRACE_HOME/);
});

const isRoot = process.getuid?.() === 0;
test("should say that a folder may not be written", {
  skip: (isRoot || process.platform === "win32") && "root may write anywhere",
}, async (t) => {
  const { millrace, write, home } = makePlace(t);
  write("etl.ts", breakable);
  mkdirSync(home);
  chmodSync(home, 0o500);
  const { code, err } = await millrace("run", "etl.ts");
  chmodSync(home, 0o700);
  assert.equal(code, 1);
  assert.match(err, /may not be written/);
});

test("should refuse a home of a newer version and leave it as it is", async (t) => {
  const { millrace, write, home } = makePlace(t);
  write("etl.ts", breakable);
  write("fixed", "");
  assert.equal((await millrace("run", "etl.ts")).code, 0);
  writeFileSync(path.join(home, "home.json"), '{"version":99}\n');
  const before = readdirSync(path.join(home, "runs"), { recursive: true }).length;
  const { code, err } = await millrace("run", "etl.ts");
  assert.equal(code, 1);
  assert.match(err, /belongs to a newer Millrace .*update Millrace/);
  assert.equal(readdirSync(path.join(home, "runs"), { recursive: true }).length, before);
});

test("should show what is left of a torn journal, and report a corrupt one with file and offset", async (t) => {
  const { millrace, write, home } = makePlace(t);
  write("etl.ts", breakable);
  write("fixed", "");
  await millrace("run", "etl.ts");
  const id = (await millrace("runs", "ls")).out.split("\t")[0] ?? "";
  const journal = runPaths.journal(homePaths.run(home, id), 1);
  const whole = readFileSync(journal);
  truncateSync(journal, statSync(journal).size - 40);
  const torn = await millrace("runs", "show", id);
  assert.equal(torn.code, 0, torn.err);
  assert.match(torn.out, /extract/);
  assert.match(torn.out, /Journal\n.*bytes that were not written whole/);
  const corrupt = Buffer.from(whole);
  corrupt.write("XXXX", Math.floor(whole.length / 3));
  writeFileSync(journal, corrupt);
  const shown = await millrace("runs", "show", id);
  const damage = `${shown.out}${shown.err}`.split("\n").find((line) => line.includes(`${journal}: `));
  assert.match(damage ?? `${shown.out}${shown.err}`, /\d+ bytes from byte \d+ on are damaged/);
  const doctor = await millrace("doctor");
  assert.match(doctor.out, /1 damaged among/);
});

test("should end the run with the reason when the disk is full", {
  skip: !canMount() && "a small disk of its own can only be mounted by root on Linux",
}, async (t) => {
  const { millrace, write, cwd } = makePlace(t);
  const disk = path.join(cwd, "disk");
  mkdirSync(disk);
  assert.ok(mountSmallDisk(disk));
  write(
    "big.ts",
    'import { randomBytes } from "node:crypto";\nimport { flow, task } from "millrace";\nconst make = task({ name: "make", async run(n: number) { return randomBytes(200_000).toString("base64"); } });\nexport const f = flow({ async run() { for (let i = 0; i < 10; i++) await make(i); } });\n',
  );
  try {
    const { code, out, err } = await millrace("run", "big.ts", "--home", path.join(disk, "home"));
    assert.ok(code === 1 || code === 3, `${code}`);
    assert.match(out + err, /no space left|disk is full/i);
  } finally {
    // Before the folder that it stands in is removed.
    spawnSync("umount", ["-l", disk]);
  }
});

function mountSmallDisk(folder: string): boolean {
  return spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder]).status === 0;
}

/** Containers give root without the right to mount: only trying tells. */
function canMount(): boolean {
  if (!isRoot || process.platform !== "linux") return false;
  const folder = mkdtempSync(path.join(tmpdir(), "millrace-mount-"));
  const mounted = mountSmallDisk(folder);
  if (mounted) spawnSync("umount", [folder]);
  rmdirSync(folder);
  return mounted;
}

test("should say that something else listens at the orchestrator's socket", {
  skip: process.platform === "win32",
}, async (t) => {
  const { millrace, home, write } = makePlace(t);
  write("etl.ts", breakable);
  write("fixed", "");
  await millrace("run", "etl.ts");
  assert.equal((await millrace("orchestrator", "start")).code, 0);
  const owner = JSON.parse(
    readFileSync(
      path.join(
        home,
        readdirSync(home)
          .filter((name) => name.startsWith("owner."))
          .sort()
          .at(-1) ?? "",
      ),
      "utf8",
    ).split("\n")[0] ?? "",
  );
  assert.equal((await millrace("orchestrator", "stop")).code, 0);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(owner.socket, resolve));
  t.after(() => server.close());
  const { code, err } = await millrace("orchestrator", "start");
  assert.equal(code, 1);
  assert.match(err, /listen|taken|answer/i);
  assert.ok(existsSync(home));
});

test("should refuse bad parameters again when the run is resumed, until the flow takes them", async (t) => {
  const { millrace, write } = makePlace(t);
  const flowFile = (schema: string) =>
    `import { flow, z } from "millrace";\nexport const f = flow({ parameters: z.object({ year: ${schema} }), async run({ year }) { return year; } });\n`;
  write("f.ts", flowFile("z.int()"));
  assert.equal((await millrace("run", "f.ts", "-p", "year=soon")).code, 2);
  const id = (await millrace("runs", "ls")).out.split("\t")[0] ?? "";
  for (const how of ["resume", "retry"]) {
    const again = await millrace("runs", how, id);
    assert.equal(again.code, 2, how);
    assert.match(again.out, /year: Invalid input/);
  }
  write("f.ts", flowFile("z.string()"));
  const taken = await millrace("runs", "resume", id);
  assert.equal(taken.code, 0, taken.out);
  assert.match(taken.out, /result 'soon'/);
});
