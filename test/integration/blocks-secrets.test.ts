/** Plants secrets, lets flows do with them what flows do, and looks for them everywhere. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { connectOrStart } from "../../runtime/client/connect.ts";
import { filesWith } from "../support/block-home.ts";
import { untilEnded } from "../support/orchestrator.ts";
import { makePlace, type Place } from "./cli-support.ts";

const planted = {
  block: 'planted-block "secret" 4711',
  digits: "83740192",
  file: "planted-env-file-4711",
  looks: "9fK2-planted-4711-xQ",
} as const;

const flow = `import { existsSync } from "node:fs";
import { artifact, flow, log, task } from "millrace";
import { Secret } from "millrace/blocks";
const returns = task({ name: "returns", async run() {
  const secret = (await Secret.load("one")).get();
  const digits = (await Secret.load("digits")).get();
  return { text: "it is " + secret, header: "Basic " + btoa("me:" + secret), list: [secret, digits], number: 100 + Number(digits), url: process.env.LOOKS };
} });
const large = task({ name: "large", async run() { return ("x".repeat(150) + (await Secret.load("one")).get()).repeat(1000); } });
const takes = task({ name: "takes", runName: (given) => "takes " + given.text, retries: 1, async run(given) {
  console.log("console", given.text, given.list[1]);
  process.stdout.write("stdout " + given.text + "\\n");
  process.stderr.write("stderr " + process.env.API_TOKEN + "\\n");
  for (const before of ["", "u:", "me:"]) {
    console.log("basic", Buffer.from(before + process.env.LOOKS).toString("base64"), btoa(before + given.list[0]));
    log.info("url", { url: "https://" + encodeURIComponent(before + given.list[0]), sent: [Buffer.from(before + process.env.API_TOKEN).toString("base64url")] });
  }
  log.info("log " + given.text, { secret: given.list[0], token: process.env.API_TOKEN, at: Number(["17837", "40192000"].join("")), deep: { pin: Number(given.list[1]) } });
  await artifact.markdown("notes", "# " + given.text, { description: given.text });
  await artifact.table("rows", [{ secret: given.text, n: 1 }]);
  if (!existsSync("fixed")) throw new Error("refused " + given.text, { cause: new Error("because " + process.env.API_TOKEN) });
  return given.text.length;
} });
export const leaks = flow({ name: "leaks", async run() {
  const given = await returns();
  const [text, length] = [await large(), await takes(given)];
  return { given, length, large: text.length, token: process.env.API_TOKEN, number: given.number };
} });
`;

const secrets = [
  ...Object.values(planted),
  JSON.stringify(planted.block).slice(1, -1),
  ...Object.values(planted).map(encodeURIComponent),
  // Of a secret in base64, the part that its neighbours have no share in; shorter ones stand in any ciphertext.
  ...Object.values(planted)
    .flatMap((secret) => ["", "u:", "me:"].map((before) => btoa(before + secret).slice(4, -4)))
    .filter(({ length }) => length >= 8),
];

function refuseSecrets(what: string, text: string): void {
  // A time may well have these digits; what must not stand anywhere is the secret as a value of its own.
  const shown = text.replaceAll("1783740192000", "");
  for (const secret of secrets) assert.ok(!shown.includes(secret), `${what} shows ${secret}:\n${shown.slice(0, 2000)}`);
}

async function plant(t: TestContext): Promise<Place> {
  let place: Place | undefined;
  t.after(() => place?.millrace("orchestrator", "stop"));
  place = makePlace(t);
  place.write("millrace.json", "{}");
  place.write(".env", `API_TOKEN=${planted.file}\nLOOKS=${planted.looks}\nREGION=europe-west1\n`);
  place.write("flows/leaks.ts", flow);
  for (const [name, value] of [
    ["one", planted.block],
    ["digits", planted.digits],
  ] as const) {
    const saved = await place.millrace("blocks", "save", "secret", name, "-f", `value=${value}`);
    assert.equal(saved.code, 0, saved.err);
    refuseSecrets("save", saved.out + saved.err);
  }
  return place;
}

test("should leave no secret in files, logs, errors and results, and give results back as they were", async (t) => {
  const place = await plant(t);
  const { millrace, home, cwd } = place;
  const failed = await millrace("run", "flows/leaks.ts");
  assert.equal(failed.code, 1, failed.out);
  assert.match(failed.out, /refused it is \*{8}/);
  refuseSecrets("a failed run", failed.out + failed.err);
  refuseSecrets("its records", (await millrace("run", "flows/leaks.ts", "--json")).out);
  const id = (await millrace("runs", "ls", "--json")).out.match(/"id": "([0-9a-f-]+)"/)?.[1] ?? "";
  place.write("fixed", "");
  const resumed = await millrace("runs", "resume", id, "--json");
  assert.equal(resumed.code, 0, resumed.out + resumed.err);
  refuseSecrets("a resume", resumed.out + resumed.err);
  // What was kept came back exactly: its length is that of the secret, its number is a number.
  assert.match(resumed.out, /"kind":"kept"/);
  for (const args of [
    ["show", id, "--all"],
    ["logs", id],
    ["show", id, "--json"],
    ["logs", id, "--json"],
  ]) {
    const shown = await millrace("runs", ...args);
    assert.equal(shown.code, 0, shown.err);
    refuseSecrets(args.join(" "), shown.out + shown.err);
  }
  const logs = (await millrace("runs", "logs", id, "--json")).out;
  assert.match(logs, /1783740192000/);
  assert.match(logs, /"pin":"\*{8}"/);
  const file = path.join(cwd, "run.export");
  assert.equal((await millrace("runs", "export", id, "-o", file)).code, 0);
  const bytes = readFileSync(file);
  refuseSecrets("an export", (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString("latin1"));
  assert.deepEqual(
    filesWith(home, secrets).filter((found) => !isTime(home, found)),
    [],
  );
});

test("should leave no secret in what the orchestrator keeps and answers", async (t) => {
  const { home, cwd, millrace } = await plant(t);
  const client = await connectOrStart(home);
  t.after(() => client.close());
  const told: string[] = [];
  const feed = client.subscribe({ onEvent: (event) => void told.push(JSON.stringify(event)) });
  const environment = { MILLRACE_ENV_FILE: path.join(cwd, ".env") };
  const body = { file: path.join(cwd, "flows", "leaks.ts"), cwd, environment };
  const { id } = await client.request("POST /api/flow_runs", { body });
  assert.equal((await untilEnded(client, id)).state_type, "FAILED");
  writeFileSync(path.join(cwd, "fixed"), "");
  await client.request("POST /api/flow_runs/:id/resume", { params: { id }, body: { mode: "resume", environment } });
  const ended = await untilEnded(client, id);
  assert.equal(ended.state_type, "COMPLETED", JSON.stringify(ended));
  const params = { id };
  const tasks = await client.request("POST /api/flow_runs/:id/task_runs", { params, body: {} });
  const answers: unknown[] = [
    ended,
    tasks,
    await client.request("POST /api/flow_runs/:id/logs", { params, body: {} }),
    await client.request("GET /api/flow_runs/:id/artifacts", { params }),
    await client.request("POST /api/flow_runs/:id/plan", { params, body: { mode: "resume" } }),
    await client.request("GET /api/block_documents"),
    told,
  ];
  for (const { id: task } of tasks.items) {
    answers.push(await client.request("GET /api/task_runs/:id", { params: { id: task } }));
    for (const what of ["result", "inputs"] as const) {
      answers.push(
        await client.request("POST /api/values/preview", { body: { source: { of: what, task_run_id: task } } }),
      );
    }
  }
  for (const answer of answers) refuseSecrets("an answer", JSON.stringify(answer));
  assert.match(JSON.stringify(answers), /holds a secret/);
  feed.close();
  // Replaced and deleted for good, with no copy left.
  const again = await millrace("blocks", "save", "secret", "one", "--overwrite", "-f", "value=planted-second-4711");
  assert.equal(again.code, 0, again.err);
  assert.equal((await millrace("blocks", "rm", "secret", "one", "--yes")).code, 0);
  assert.equal((await millrace("blocks", "rm", "secret", "digits", "--yes")).code, 0);
  await client.request("POST /api/snapshot");
  assert.deepEqual(
    filesWith(home, [...secrets, "planted-second-4711"]).filter((found) => !isTime(home, found)),
    [],
  );
});

/** The time in the log that has the digits of a secret in it. */
function isTime(home: string, found: string): boolean {
  const [file = "", secret] = found.split(": ");
  if (secret !== planted.digits) return false;
  return !readFileSync(path.join(home, file), "latin1").replaceAll("1783740192000", "").includes(planted.digits);
}

test("should read the variables of the project's .env for a run, unless told otherwise", async (t) => {
  const { millrace, millraceWith, write } = makePlace(t);
  write("project/millrace.json", "{}");
  write("project/.env", "WHO=project\nOTHER=set-by-file\n");
  write("other.env", "WHO=other\n");
  write(
    "project/flows/tells.ts",
    `import { flow } from "millrace"; export const tells = flow({ name: "tells", async run() { return [process.env.WHO, process.env.OTHER]; } });`,
  );
  const resultOf = async (...args: readonly string[]) => (await millrace("run", "project/flows/tells.ts", ...args)).out;
  assert.match(await resultOf(), /result \[ 'project', 'set-by-file' \]/);
  assert.match(await resultOf("--dotenv", "other.env"), /result \[ 'other', undefined \]/);
  assert.match(await resultOf("--no-dotenv"), /result \[ undefined, undefined \]/);
  const set = await millraceWith({ WHO: "the shell" }, "run", "project/flows/tells.ts");
  assert.match(set.out, /result \[ 'the shell', 'set-by-file' \]/);
  const missing = await millrace("run", "project/flows/tells.ts", "--dotenv", "nowhere.env");
  assert.equal(missing.code, 2);
  assert.match(missing.err, /nowhere\.env, cannot be read/);
});
