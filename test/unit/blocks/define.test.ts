import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { inspect } from "node:util";
import { blockReference, defineBlock, LocalBucket, SecretText, secret } from "../../../runtime/blocks/index.ts";
import { realDisk } from "../../../runtime/journal/disk.ts";
import { keepSecret } from "../../../runtime/journal/secrets/files.ts";
import { valueCodec } from "../../../runtime/journal/values.ts";
import { redact } from "../../../runtime/system/redaction.ts";
import { temporaryFolder } from "../../support/places.ts";

export class Account extends defineBlock({
  slug: "test-account",
  title: "Account",
  description: "Who we are somewhere.",
  category: "Credentials",
  renamed: { login: "user" },
  schema: (z) =>
    z.object({
      user: z.string(),
      port: z.int().default(443),
      verify: z.boolean().default(true),
      password: secret(z).optional(),
      hosts: z.array(z.object({ name: z.string(), token: secret(z) })).default([]),
    }),
}) {
  secretLetters(): number {
    return this.settings.password?.get().length ?? 0;
  }
}

export class Mailbox extends defineBlock({
  slug: "test-mailbox",
  title: "Mailbox",
  description: "Where letters arrive.",
  category: "General",
  schema: (z) => z.object({ folderName: z.string(), account: blockReference(z, Account).optional() }),
}) {}

function homeWith(t: TestContext, blocks: Record<string, unknown> = {}): string {
  const home = temporaryFolder(t);
  const before = process.env["MILLRACE_HOME"];
  process.env["MILLRACE_HOME"] = home;
  t.after(() => {
    if (before === undefined) delete process.env["MILLRACE_HOME"];
    else process.env["MILLRACE_HOME"] = before;
  });
  writeFileSync(path.join(home, "published.json"), JSON.stringify({ version: 1, limits: {}, variables: {}, blocks }));
  return home;
}

test("should make a block of settings and name every field that is wrong", () => {
  const account = new Account({ user: "ann", password: "correct horse" });
  assert.deepEqual([account.settings.port, account.secretLetters(), account.blockName], [443, 13, undefined]);
  const wrong = { user: 5, hosts: [{ name: "a", token: "" }] };
  assert.throws(() => Reflect.construct(Account, [wrong]), {
    name: "MillraceError",
    code: "bad-parameters",
    message: /^Account:\n {2}user: .*\n {2}hosts\[0\]\.token: must not be empty$/,
  });
});

test("should never show a secret by itself", () => {
  const { settings } = new Account({ user: "ann", password: "planted-secret-1" });
  const shown = [inspect(settings), JSON.stringify(settings), `${settings.password}`, String(settings.password)];
  assert.doesNotMatch(shown.join(), /planted/);
  assert.match(shown.join(), /\*{8}/);
  assert.equal(redact("it is planted-secret-1 indeed"), "it is ******** indeed");
});

test("should open the secrets of a document wherever they stand in it", async (t) => {
  const home = homeWith(t);
  const ids = [await keepSecret(realDisk, home, "first secret"), await keepSecret(realDisk, home, "second secret")];
  const data = { user: "ann", password: { $secret: ids[0] }, hosts: [{ name: "a", token: { $secret: ids[1] } }] };
  writeFileSync(
    path.join(home, "published.json"),
    JSON.stringify({ version: 1, blocks: { "test-account/ann": data } }),
  );
  const account = await Account.load("ann");
  assert.ok(account instanceof Account);
  assert.equal(account.blockName, "ann");
  assert.equal(account.settings.password?.get(), "first secret");
  assert.equal(account.settings.hosts[0]?.token.get(), "second secret");
});

test("should say which secret of which document cannot be read, and what to do", async (t) => {
  const home = homeWith(t, { "test-account/ann": { user: "ann", password: { $secret: "../../etc/passwd" } } });
  await assert.rejects(Account.load("ann"), {
    code: "bad-parameters",
    message: /Account "ann": password: the saved secret cannot be read: .*enter it again/,
  });
  const id = await keepSecret(realDisk, home, "sealed with the first key");
  writeFileSync(path.join(home, "secret.key"), `${Buffer.alloc(32, 7).toString("base64")}\n`);
  const data = { user: "ann", password: { $secret: id } };
  writeFileSync(
    path.join(home, "published.json"),
    JSON.stringify({ version: 1, blocks: { "test-account/ann": data } }),
  );
  await assert.rejects(Account.load("ann"), { message: /password: .*saved with another key.*enter it again/ });
});

test("should take values from variables, as the number or truth value that the schema wants", async (t) => {
  const data = { user: { $env: "T_USER" }, port: { $env: "T_PORT" }, verify: { $env: "T_VERIFY" } };
  homeWith(t, { "test-account/env": data });
  Object.assign(process.env, { T_USER: "12", T_PORT: "8443", T_VERIFY: "false" });
  const { settings } = await Account.load("env");
  assert.deepEqual([settings.user, settings.port, settings.verify], ["12", 8443, false]);
  delete process.env["T_PORT"];
  await assert.rejects(Account.load("env"), { message: /port: the environment variable T_PORT is not set/ });
});

test("should load the block that another refers to, and say when there is none", async (t) => {
  homeWith(t, {
    "test-account/ann": { user: "ann" },
    "test-mailbox/in": { folderName: "in", account: { $block: "test-account/ann" } },
    "test-mailbox/lost": { folderName: "in", account: { $block: "test-account/gone" } },
    "test-mailbox/odd": { folderName: "in", account: { $block: "nobody-knows/this" } },
    "test-mailbox/self": { folderName: "in", account: { $block: "test-mailbox/self" } },
  });
  const { account } = (await Mailbox.load("in")).settings;
  assert.ok(account instanceof Account);
  assert.equal(account.secretLetters(), 0);
  await assert.rejects(Mailbox.load("lost"), {
    message: /Mailbox "lost": account: there is no Account block named "gone"/,
  });
  await assert.rejects(Mailbox.load("odd"), { message: /account: .*type "nobody-knows".*import its class/ });
  await assert.rejects(Mailbox.load("self"), { message: /in a circle/ });
});

test("should read a field under the name that it had before", async (t) => {
  homeWith(t, { "test-account/old": { login: "ann" } });
  assert.equal((await Account.load("old")).settings.user, "ann");
});

test("should say what to do with a document that no longer fits", async (t) => {
  homeWith(t, { "test-account/odd": { port: "many" } });
  await assert.rejects(Account.load("odd"), {
    code: "bad-parameters",
    message: /^Account "odd":\n {2}user: .*\n {2}port: .*\n.*millrace blocks save test-account "odd" --overwrite/,
  });
});

test("should take Prefect's spelling of a field", () => {
  const mailbox: unknown = Reflect.construct(Mailbox, [{ folder_name: "in" }]);
  assert.ok(mailbox instanceof Mailbox);
  assert.equal(mailbox.settings.folderName, "in");
});

test("should refuse a block of another type in a reference", () => {
  const settings = { folderName: "in", account: new LocalBucket({ basepath: "/b" }) };
  assert.throws(() => Reflect.construct(Mailbox, [settings]), {
    message: /account: expected Account, not a local-bucket/,
  });
});

test("should record a loaded block by its name and find its own class again", async (t) => {
  homeWith(t, { "test-account/ann": { user: "ann" } });
  const { data, text } = valueCodec.encode({ account: await Account.load("ann") }, "inputs");
  assert.match(text, /"\$block"/);
  const read = valueCodec.decode(data);
  assert.ok(typeof read === "object" && read !== null && "account" in read && read.account instanceof Account);
});

test("should record a block made in code without its secrets, and say so when it is read", () => {
  const account = new Account({ user: "ann", password: "not in journals" });
  const { data, text } = valueCodec.encode([account], "inputs");
  assert.doesNotMatch(text, /not in journals/);
  assert.throws(() => valueCodec.decode(data), {
    code: "result-not-kept",
    message: /Account block made in code was recorded without its secrets \(password\).*load it by name/,
  });
  const plain = valueCodec.decode(valueCodec.encode([new Account({ user: "ann" })], "inputs").data);
  assert.ok(Array.isArray(plain) && plain[0] instanceof Account);
});

test("should take a secret text where it takes a text", () => {
  const password = new SecretText("given as it is");
  assert.equal(new Account({ user: "a", password }).settings.password, password);
});
