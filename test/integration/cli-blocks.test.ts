import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { crmModule, filesWith } from "../support/block-home.ts";
import { commandFile } from "../support/places.ts";
import { makePlace, type Place } from "./cli-support.ts";

function place(t: TestContext): Place {
  let made: Place | undefined;
  // Before the folder goes away, which the place sees to.
  t.after(() => made?.millrace("orchestrator", "stop"));
  made = makePlace(t);
  return made;
}

/** The command with something on its input. */
function withInput({ home, cwd }: Place, input: string, ...args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [commandFile, ...args], {
    cwd,
    env: { ...process.env, MILLRACE_HOME: home },
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdin.end(input);
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  return new Promise((resolve) => child.on("close", () => resolve(out)));
}

test("should save a block and print how code loads it", async (t) => {
  const { millrace, cwd } = place(t);
  const saved = await millrace("blocks", "save", "LocalBucket", "zoom", "-f", `basepath=${cwd}`);
  assert.equal(saved.code, 0, saved.err);
  assert.equal(
    saved.out,
    'local-bucket/zoom is saved. Load it with:\n\nimport { LocalBucket } from "millrace/blocks";\n\nconst localBucket = await LocalBucket.load("zoom");\n',
  );
  assert.equal((await millrace("blocks", "ls")).out, "local-bucket\tzoom\n");
  assert.match((await millrace("blocks", "show", "local-bucket/zoom")).out, new RegExp(`basepath +${cwd}`));
  const again = await millrace("blocks", "save", "local-bucket", "zoom", "-f", "basepath=/x");
  assert.equal(again.code, 1);
  assert.match(again.err, /There is a block local-bucket\/zoom already.*--overwrite/);
});

test("should say what is wrong with names, fields and types, with what was meant", async (t) => {
  const { millrace } = place(t);
  const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
    [["save", "local-buket", "zoom"], 2, /Did you mean "local-bucket"/],
    [["save", "local-bucket", "zoom"], 2, /basepath: is missing/],
    [["save", "local-bucket", "zoom", "-f", "basepth=/x"], 2, /Did you mean "basepath"/],
    [["save", "local-bucket", "zoom", "-f", "basepath"], 2, /write -f FIELD=VALUE/],
    [["save", "local-bucket"], 2, /NAME is missing/],
    [["save", "email", "m", "--data", "{oops planted-in-json"], 2, /--data is no JSON/],
    [["show", "local-bucket", "zoom"], 2, /no block local-bucket\/zoom/],
    [["register", "nowhere.ts"], 2, /no such file/],
    [["register", "no-such-package"], 2, /neither a file in .* nor a package installed/],
  ];
  for (const [args, code, message] of cases) {
    const ended = await millrace("blocks", ...args);
    assert.equal(ended.code, code, `${args.join(" ")}: ${ended.err}`);
    assert.match(ended.err, message);
    assert.doesNotMatch(ended.err, /planted/);
  }
});

test("should register types of a file and of a package, and use them like built-in ones", async (t) => {
  const { millrace, write, cwd, home } = place(t);
  write("blocks/crm.ts", crmModule);
  const registered = await millrace("blocks", "register", "blocks/crm.ts");
  assert.equal(registered.out, "2 block types are registered:\n  crm  Crm\n  login  Login\n");
  write(
    "node_modules/my-blocks/package.json",
    '{"name":"my-blocks","version":"3.1.0","type":"module","exports":"./index.js"}',
  );
  const other = crmModule.replaceAll('"login"', '"my-login"').replaceAll('"crm"', '"my-crm"');
  write("node_modules/my-blocks/index.js", other);
  assert.equal((await millrace("blocks", "register", "my-blocks")).code, 0);
  const types: { slug: string; module: string; schema: { version: string } }[] = JSON.parse(
    (await millrace("blocks", "types", "--json")).out,
  );
  const mine = types.find(({ slug }) => slug === "my-crm");
  assert.deepEqual([mine?.module, mine?.schema.version], ["my-blocks", "3.1.0"]);
  await millrace("blocks", "save", "login", "ann", "-f", "user=ann", "-f", "password=planted-cli-secret");
  const saved = await millrace("blocks", "save", "crm", "main", "-f", "base_url=https://a.example", "-f", "login=ann");
  assert.equal(saved.code, 0, saved.err);
  assert.match(saved.out, /^import \{ Crm \} from "\.\/blocks\/crm\.ts";$/m);
  write(
    "flow.ts",
    `import { flow } from "millrace";
import { Crm } from "./blocks/crm.ts";
export const tells = flow({ name: "tells", async run() {
  const crm = await Crm.load("main");
  return [crm.settings.baseUrl, crm.settings.login.settings.password.get().length, String(crm.settings.login.settings.password)];
} });`,
  );
  const run = await millrace("run", "flow.ts");
  assert.equal(run.code, 0, run.err);
  assert.match(run.out, /https:\/\/a\.example/);
  assert.match(run.out, /18/);
  assert.match(run.out, /\*{8}/);
  const refused = await millrace("blocks", "rm", "login", "ann");
  assert.match(refused.err, /used by crm\/main \(login\)/);
  assert.equal((await millrace("blocks", "rename", "login", "ann", "anna")).code, 0);
  assert.match((await millrace("blocks", "show", "crm", "main")).out, /login +login\/anna/);
  assert.equal((await millrace("blocks", "rm", "login", "anna", "--force")).code, 0);
  assert.match((await millrace("run", "flow.ts")).out, /there is no Login block named "anna"/);
  assert.deepEqual(filesWith(home, ["planted-cli-secret"]), []);
  assert.equal(path.isAbsolute(cwd), true);
});

test("should take a secret from the input or a variable, and keep what is not given when it overwrites", async (t) => {
  const spot = place(t);
  const { millrace, home } = spot;
  const out = await withInput(spot, "planted-input-secret\n", "blocks", "save", "secret", "one", "-f", "value=-");
  assert.match(out, /Secret\.load\("one"\)/);
  await millrace("blocks", "save", "secret", "two", "--env", "value=MY_SECRET");
  const data = JSON.stringify({
    host: "h",
    from: "a@example.com",
    to: ["b@example.com"],
    password: "planted-data-secret",
  });
  writeFileSync(path.join(spot.cwd, "mail.json"), data);
  await millrace("blocks", "save", "email", "m", "--data", "mail.json");
  const changed = await millrace(
    "blocks",
    "save",
    "email",
    "m",
    "--overwrite",
    "-f",
    "port=25",
    "-f",
    "to[1]=c@example.com",
  );
  assert.equal(changed.code, 0, changed.err);
  const shown = await millrace("blocks", "show", "email", "m");
  assert.match(shown.out, /port +25/);
  assert.match(shown.out, /to\[1\] +c@example\.com/);
  assert.match(shown.out, /password +\*{8}/);
  spot.write(
    "flow.ts",
    `import { flow } from "millrace";
import { Email, Secret } from "millrace/blocks";
export const tells = flow({ name: "tells", async run() {
  const secrets = [(await Secret.load("one")).get(), (await Secret.load("two")).get()];
  return [...secrets.map((each) => each.length), (await Email.load("m")).settings.password.get().length];
} });`,
  );
  const run = await spot.millraceWith({ MY_SECRET: "planted-variable" }, "run", "flow.ts", "--json");
  assert.match(run.out, /COMPLETED/, run.err);
  const missing = await millrace("run", "flow.ts");
  assert.match(missing.out + missing.err, /Secret "two": value: the environment variable MY_SECRET is not set/);
  await millrace("blocks", "save", "email", "m", "--overwrite", "--unset", "password");
  assert.doesNotMatch((await millrace("blocks", "show", "email", "m")).out, /password/);
  assert.deepEqual(filesWith(home, ["planted-input-secret", "planted-data-secret", "planted-variable"]), []);
});

test("should test saved and unsaved values, and tell each step", async (t) => {
  const { millrace, cwd } = place(t);
  const good = await millrace("blocks", "test", "local-bucket", "-f", `basepath=${path.join(cwd, "b")}`);
  assert.equal(good.code, 0, good.err);
  assert.match(good.out, /^ok +settings.*\nok +folder .*\nok +write and read/m);
  const bad = await millrace("blocks", "test", "webhook", "-f", "url=http://127.0.0.1:1/", "--json");
  assert.equal(bad.code, 1);
  assert.match(bad.out, /ECONNREFUSED/);
});

test("should save from code, also a type that nobody has registered", async (t) => {
  const { millraceWith, write, home } = place(t);
  write("crm.ts", crmModule);
  write(
    "save.ts",
    `import { Crm, Login } from "./crm.ts";
const login = new Login({ user: "ann", password: process.env.PLANTED });
await login.save("ann", { overwrite: true });
await new Crm({ baseUrl: "https://a.example", login }).save("main", { overwrite: true });
const crm = await Crm.load("main");
console.log(crm.settings.login.settings.password.get().length, await Login.list());
await Login.delete("nobody");
`,
  );
  write(
    "flow.ts",
    `import { flow } from "millrace";
export const saves = flow({ name: "saves", async run() { await import("./save.ts"); } });`,
  );
  const run = await millraceWith({ PLANTED: "planted-code-secret" }, "run", "flow.ts");
  assert.equal(run.code, 0, run.out + run.err);
  assert.match(run.out, /19 \[ 'ann' \]/);
  assert.deepEqual(
    filesWith(home, ["planted-code-secret"]).filter((found) => !found.includes("sources")),
    [],
  );
  assert.match(readFileSync(path.join(home, "published.json"), "utf8"), /"\$block":"login\/ann"/);
});

test("should carry a block over to a changed type, saying what is left behind", async (t) => {
  const { millrace, write } = place(t);
  write("crm.ts", crmModule);
  await millrace("blocks", "register", "crm.ts");
  await millrace("blocks", "save", "crm", "main", "-f", "baseUrl=https://a.example", "-f", "pageSize=50");
  write("crm.ts", crmModule.replace("pageSize: z.int().min(1).default(10)", "region: z.string()"));
  await millrace("blocks", "register", "crm.ts");
  const shown = await millrace("blocks", "show", "crm", "main");
  assert.match(shown.out, /region is new and must be given/);
  assert.match(shown.out, /pageSize is no field any more/);
  write(
    "flow.ts",
    `import { flow } from "millrace";
import { Crm } from "./crm.ts";
export const loads = flow({ name: "loads", async run() { return (await Crm.load("main")).settings.region; } });`,
  );
  const before = await millrace("run", "flow.ts");
  const said = before.out.replaceAll(/\s+/g, " ");
  assert.match(said, /Crm "main": region: is missing .*millrace blocks save crm "main" --overwrite/);
  const saved = await millrace("blocks", "save", "crm", "main", "--overwrite", "-f", "region=eu");
  assert.equal(saved.code, 0, saved.err);
  assert.match(saved.err, /dropped: pageSize/);
  assert.match((await millrace("run", "flow.ts")).out, /result 'eu'/);
});

test("should say in doctor how the secrets are", async (t) => {
  const { millrace, home } = place(t);
  await millrace("blocks", "save", "secret", "one", "-f", "value=planted-doctor-secret");
  const look = async () => (await millrace("doctor", "--json")).out.match(/"name": "Secrets",[^}]*/)?.[0] ?? "";
  assert.match(await look(), /"status": "ok",\s+"message": "1 kept/);
  writeFileSync(path.join(home, "secret.key"), `${Buffer.alloc(32, 9).toString("base64")}\n`);
  assert.match(await look(), /"warn",\s+"message": "1 secrets were saved with another key/);
  if (process.platform !== "win32") {
    chmodSync(path.join(home, "secret.key"), 0o644);
    assert.match(await look(), /"fail",.*can be read by others/s);
  }
});
