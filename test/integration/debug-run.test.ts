/** The runner that VS Code's debugger starts, driven as the debugger does: through Node's inspector. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { SourceMap } from "node:module";
import { type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { WebSocket } from "ws";
import { debugRequestVariable, encodeDebugRequest } from "../../runtime/protocol/debugging.ts";
import { homePaths } from "../../runtime/protocol/home.ts";
import { newId } from "../../runtime/protocol/ids.ts";
import { commandFile } from "../support/places.ts";
import { makePlace, type Place } from "./cli-support.ts";

/** The statement stands in line 10, in the task; what stands above it has to be transformed. */
const stopping = `import { flow, log, task, z } from "millrace";

enum Color {
  Yellow = "yellow",
}

const double = task({
  name: "double",
  async run(value: number): Promise<number> {
    debugger;
    return value * 2;
  },
});

export const etl = flow({
  parameters: z.object({ value: z.int() }),
  async run({ value }) {
    log.info("begin", { color: Color.Yellow });
    return double(value);
  },
});
`;

interface Debugged {
  readonly child: ChildProcess;
  readonly runId: string;
  /** Everything written so far. */
  output(): string;
  ended(): Promise<number | null>;
}

function debugRun(
  t: TestContext,
  place: Place,
  file: string,
  more: { node?: string[]; runId?: string } = {},
): Debugged {
  const runId = more.runId ?? newId();
  const request = { home: place.home, run_id: runId, file, parameters: { value: 21 }, cwd: place.cwd };
  const child = spawn(process.execPath, [...(more.node ?? []), commandFile, "__runner", "debug"], {
    cwd: place.cwd,
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, [debugRequestVariable]: encodeDebugRequest(request) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  t.after(() => child.kill("SIGKILL"));
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  const closed = once(child, "close");
  return {
    child,
    runId,
    output: () => output,
    async ended() {
      await closed;
      return child.exitCode;
    },
  };
}

interface Stopped extends Debugged {
  /** Where it stopped, as the source map says. */
  readonly file: string;
  readonly line: number;
  send(method: string): void;
}

/** Starts it under the inspector and lets it go until the `debugger` statement. */
async function stopAtStatement(t: TestContext, place: Place, file: string): Promise<Stopped> {
  const debugged = debugRun(t, place, file, { node: ["--inspect-brk=127.0.0.1:0"] });
  const address = await until(() => /ws:\/\/\S+/.exec(debugged.output())?.[0]);
  const socket = new WebSocket(address);
  t.after(() => socket.terminate());
  await once(socket, "open");
  let id = 0;
  const send = (method: string): void => socket.send(JSON.stringify({ id: ++id, method, params: {} }));
  const scripts = new Map<string, { readonly url: string; readonly sourceMapURL: string }>();
  let stoppedAt: { scriptId: string; lineNumber: number; columnNumber: number } | undefined;
  let begun = false;
  socket.on("message", (data) => {
    const { method, params } = JSON.parse(String(data));
    if (method === "Debugger.scriptParsed") scripts.set(params.scriptId, params);
    if (method !== "Debugger.paused") return;
    begun = true;
    const { location } = params.callFrames[0];
    // The first line of Millrace's own program, because of --inspect-brk.
    if (scripts.get(location.scriptId)?.url.endsWith(".ts")) stoppedAt = location;
    else send("Debugger.resume");
  });
  for (const method of ["Debugger.enable", "Runtime.enable"]) send(method);
  const at = await until(() => {
    // Node listens a moment before it begins to wait, and forgets what it was told until then.
    if (!begun) send("Runtime.runIfWaitingForDebugger");
    return stoppedAt;
  });
  const script = scripts.get(at.scriptId);
  const [, encoded = ""] = /^data:application\/json;base64,(.*)$/.exec(script?.sourceMapURL ?? "") ?? [];
  const map = new SourceMap(JSON.parse(Buffer.from(encoded, "base64").toString("utf8")));
  const entry = map.findEntry(at.lineNumber, at.columnNumber);
  if (!("originalSource" in entry)) throw new Error("the place is not in the source map");
  return { ...debugged, file: fileURLToPath(entry.originalSource), line: entry.originalLine + 1, send };
}

/** Gives up after a minute: a debugger that is not heard of would hold the whole suite. */
async function until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const end = Date.now() + 60_000;
  while (Date.now() < end) {
    const found = await look();
    if (found !== undefined) return found;
    await pause(20);
  }
  throw new Error(`not within a minute: ${look}`);
}

async function shown(place: Place, runId: string) {
  const { out } = await place.millrace("runs", "show", runId, "--json");
  return out === "" ? undefined : JSON.parse(out);
}

test("should stop in the TypeScript, at the line that was written, below folders with blanks and other letters", async (t) => {
  const place = makePlace(t);
  const file = place.write("meine Flüsse/größe #1.ts", stopping);
  const stopped = await stopAtStatement(t, place, file);
  assert.deepEqual([stopped.file, stopped.line], [file, 10]);
  stopped.send("Debugger.resume");
  stopped.send("Debugger.disable");
  // A process under the inspector waits for it to leave.
  await until(async () =>
    (await shown(place, stopped.runId))?.flow_run.state_type === "COMPLETED" ? true : undefined,
  );
});

test("should show the run and its task while it stands there, and be cancelled when the debugger kills it, with nothing else up", async (t) => {
  const place = makePlace(t);
  const stopped = await stopAtStatement(t, place, place.write("etl.ts", stopping));
  const standing = await shown(place, stopped.runId);
  assert.equal(standing.flow_run.state_type, "RUNNING");
  assert.deepEqual(
    standing.task_runs.map((run: { name: string; state_type: string }) => [run.name, run.state_type]),
    [["double-0", "RUNNING"]],
  );
  stopped.child.kill("SIGKILL");
  await stopped.ended();
  const killed = await shown(place, stopped.runId);
  assert.equal(killed.flow_run.state_type, "CANCELLED");
  assert.equal(killed.flow_run.state.message, "The debugger was stopped.");
  const listed = JSON.parse((await place.millrace("runs", "ls", "--json")).out);
  assert.equal(listed[0].state_type, "CANCELLED");
});

test("should be told by an orchestrator while it stands there, and be cancelled for it too", async (t) => {
  const place = makePlace(t);
  await place.millrace("orchestrator", "start");
  try {
    const stopped = await stopAtStatement(t, place, place.write("etl.ts", stopping));
    const listed = await until(async () => {
      const runs = JSON.parse((await place.millrace("runs", "ls", "--json")).out || "[]");
      return runs.find((run: { id: string }) => run.id === stopped.runId);
    });
    assert.equal(listed.state_type, "RUNNING");
    stopped.child.kill("SIGKILL");
    const killed = await until(async () => {
      const run = await shown(place, stopped.runId);
      return run?.flow_run.state_type === "CANCELLED" ? run : undefined;
    });
    assert.equal(killed.flow_run.state.message, "The debugger was stopped.");
  } finally {
    await place.millrace("orchestrator", "stop");
  }
});

test("should have no time limits, say so, and give the console what the flow prints", async (t) => {
  const place = makePlace(t);
  const file = place.write(
    "slow.ts",
    `import { flow, log, task } from "millrace";
    const wait = task({ name: "wait", timeout: 1, run: () => new Promise<void>((done) => setTimeout(done, 100)) });
    export const slow = flow({ timeout: 2, async run() {
      await wait();
      console.log("printed", { known: process.env.${debugRequestVariable} });
      log.warn("logged");
    } });`,
  );
  const run = debugRun(t, place, file);
  assert.equal(await run.ended(), 0, run.output());
  assert.match(run.output(), /printed \{ known: undefined \}/);
  assert.match(run.output(), /logged/);
  const { out } = await place.millrace("runs", "show", run.runId);
  assert.match(out, /Notes\n +debugging: time limits are off/);
  const logs = await place.millrace("runs", "logs", run.runId);
  assert.match(logs.out, /time limits are off[\s\S]*printed[\s\S]*logged/);
});

test("should be another run when the debugger restarts the same program", async (t) => {
  const place = makePlace(t);
  const file = place.write("etl.ts", stopping.replace("    debugger;\n", ""));
  const runId = newId();
  assert.equal(await debugRun(t, place, file, { runId }).ended(), 0);
  assert.equal(await debugRun(t, place, file, { runId }).ended(), 0);
  const listed = JSON.parse((await place.millrace("runs", "ls", "--json")).out);
  assert.equal(listed.length, 2);
  assert.notEqual(listed[0].id, listed[1].id);
});

test("should say why a file does not load, and leave no run", async (t) => {
  const place = makePlace(t);
  const run = debugRun(t, place, place.write("broken.ts", "export const flow = = 1;"));
  assert.equal(await run.ended(), 2);
  assert.match(run.output(), /broken\.ts:1:/);
  assert.equal(existsSync(homePaths.run(place.home, run.runId)), false);
});
