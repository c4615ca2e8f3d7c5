import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { Client } from "../../runtime/client/client.ts";
import { homePaths } from "../../runtime/protocol/home.ts";
import { crmModule, filesWith } from "../support/block-home.ts";
import { isAlive, testHome, until } from "../support/orchestrator.ts";

function api(client: Client) {
  const at = (slug: string, name: string) => ({ params: { slug, name } });
  return {
    put: (slug: string, name: string, data: Record<string, unknown>, rest: object = {}) =>
      client.request("PUT /api/block_documents/:slug/:name", { ...at(slug, name), body: { data, ...rest } }),
    get: (slug: string, name: string) => client.request("GET /api/block_documents/:slug/:name", at(slug, name)),
    remove: (slug: string, name: string, force = false) =>
      client.request("DELETE /api/block_documents/:slug/:name", { ...at(slug, name), body: { force } }),
    rename: (slug: string, name: string, to: string) =>
      client.request("POST /api/block_documents/:slug/:name/rename", { ...at(slug, name), body: { name: to } }),
    try: (
      slug: string,
      data: Record<string, unknown>,
      rest: { name?: string; cwd?: string; signal?: AbortSignal } = {},
    ) =>
      client.request("POST /api/blocks/:slug/test", {
        params: { slug },
        body: {
          data,
          ...(rest.name === undefined ? {} : { name: rest.name }),
          ...(rest.cwd === undefined ? {} : { cwd: rest.cwd }),
        },
        ...(rest.signal === undefined ? {} : { signal: rest.signal }),
      }),
  };
}

async function withCrm(t: Parameters<typeof testHome>[0]) {
  const place = testHome(t);
  const module = path.join(place.folder, "crm.ts");
  writeFileSync(module, crmModule);
  const client = await place.start();
  const { block_types } = await client.request("POST /api/block_types", { body: { module } });
  return { ...place, client, ...api(client), module, registered: block_types };
}

test("should know the built-in types and register those of a file", async (t) => {
  const { client, registered, module, folder } = await withCrm(t);
  assert.deepEqual(
    registered.map(({ slug, class_name, schema, testable }) => [slug, class_name, schema.secret_fields, testable]),
    [
      ["crm", "Crm", [], false],
      ["login", "Login", ["password", "tokens[].token"], true],
    ],
  );
  assert.equal(registered[0]?.module, module);
  assert.deepEqual(registered[0]?.schema.block_references, { login: "login" });
  const { block_types } = await client.request("GET /api/block_types");
  const bucket = block_types.find(({ slug }) => slug === "local-bucket");
  assert.equal(bucket?.is_protected, true);
  assert.match(bucket?.logo ?? "", /^<svg/);
  const register = (text: string) => {
    writeFileSync(module, text);
    return client.request("POST /api/block_types", { body: { module: "crm.ts", cwd: folder } });
  };
  await assert.rejects(register("export const a = 1;"), { code: "bad-file", message: /exports no block class/ });
  await assert.rejects(register("throw new Error('at the top');"), { code: "load-failed", message: /at the top/ });
  await assert.rejects(register("await new Promise((resolve) => setTimeout(resolve, 60_000));"), {
    code: "load-failed",
    message: /longer than 5 seconds/,
  });
  const taken = crmModule.replace('slug: "login"', 'slug: "local-bucket"');
  await assert.rejects(register(taken), { code: "conflict", message: /belongs to a built-in block/ });
});

test("should save a document with its secrets as ciphertext, show none, and replace them for good", async (t) => {
  const { home, client, put, get } = await withCrm(t);
  const secrets = ["planted-password-1", "planted-token-1", "planted-token-2", "planted-password-2"];
  const tokens = [
    { host: "a", token: secrets[1] },
    { host: "b", token: secrets[2] },
  ];
  const saved = await put("login", "ann", { user: "ann", password: secrets[0], tokens });
  assert.deepEqual(saved.data, {
    user: "ann",
    password: "********",
    tokens: [
      { host: "a", token: "********" },
      { host: "b", token: "********" },
    ],
  });
  assert.equal(readdirSync(homePaths.secrets(home)).length, 3);
  if (process.platform !== "win32") {
    assert.equal(statSync(homePaths.secretKey(home)).mode & 0o777, 0o600);
    assert.equal(statSync(homePaths.secrets(home)).mode & 0o777, 0o700);
    for (const file of readdirSync(homePaths.secrets(home))) {
      assert.equal(statSync(path.join(homePaths.secrets(home), file)).mode & 0o777, 0o600);
    }
  }
  const before = new Set(readdirSync(homePaths.secrets(home)));
  // The first token is removed from the list, so what is kept is the second one's.
  const kept = [{ host: "b", token: "********" }];
  const changed = await put("login", "ann", { user: "ann", password: secrets[3], tokens: kept }, { overwrite: true });
  assert.equal(changed.version, 2);
  assert.equal(changed.id, saved.id);
  const after = readdirSync(homePaths.secrets(home));
  assert.equal(after.length, 2);
  assert.equal(after.filter((id) => before.has(id)).length, 1);
  const published: { blocks: Record<string, { tokens: { token: { $secret: string } }[] }> } = JSON.parse(
    readFileSync(homePaths.published(home), "utf8"),
  );
  assert.ok(before.has(published.blocks["login/ann"]?.tokens[0]?.token.$secret ?? ""));
  const unclear = [{ host: "c", token: "********" }];
  await assert.rejects(
    put("login", "ann", { user: "ann", password: "********", tokens: [...kept, ...unclear] }, { overwrite: true }),
    { code: "bad-parameters", message: /tokens\[1\]\.token: there is no saved secret to keep; enter it/ },
  );
  assert.deepEqual((await get("login", "ann")).unreadable_secrets, []);
  assert.deepEqual(filesWith(home, secrets), []);
  assert.doesNotMatch(JSON.stringify(await client.request("GET /api/block_documents")), /planted/);
});

test("should name every field that is wrong, also what only the class itself knows", async (t) => {
  const { put, client } = await withCrm(t);
  await assert.rejects(put("crm", "a", { baseUrl: "no url", pagSize: 5, login: { $block: "login/none" } }), {
    code: "bad-parameters",
    fields: [
      { path: "baseUrl", message: 'must be a URL, not "no url"' },
      { path: "pagSize", message: 'there is no such field. Did you mean "pageSize"?' },
      { path: "login", message: "there is no block login/none" },
    ],
  });
  await assert.rejects(put("crm", "a", { baseUrl: "https://forbidden.example" }), {
    fields: [{ path: "baseUrl", message: "is forbidden" }],
  });
  await assert.rejects(put("login", "a", { user: "a", password: { $secret: "another-ones" } }), {
    code: "bad-parameters",
  });
  await assert.rejects(put("crm", "bad/name", { baseUrl: "https://a.example" }), { code: "bad-parameters" });
  await assert.rejects(put("crmm", "a", {}), { code: "not-found", message: /Did you mean "crm"/ });
  assert.deepEqual((await client.request("GET /api/block_documents")).block_documents, []);
});

test("should take Prefect's spelling, and variables in the place of any value", async (t) => {
  const { put } = await withCrm(t);
  const saved = await put("crm", "a", { base_url: { $env: "CRM_URL" }, page_size: { $env: "CRM_PAGES" } });
  assert.deepEqual(saved.data, { baseUrl: { $env: "CRM_URL" }, pageSize: { $env: "CRM_PAGES" } });
});

test("should refuse a name that is taken and a change that was made from another version", async (t) => {
  const { put } = await withCrm(t);
  const data = { baseUrl: "https://a.example" };
  await put("crm", "a", data);
  await assert.rejects(put("crm", "a", data), { code: "conflict", message: /overwrite/ });
  await put("crm", "a", data, { if_version: 1 });
  await assert.rejects(put("crm", "a", data, { if_version: 1 }), { code: "conflict", message: /changed meanwhile/ });
  await assert.rejects(put("crm", "b", data, { if_version: 3 }), { code: "conflict" });
});

test("should copy a document with its secrets, each with ciphertexts of its own", async (t) => {
  const { put, remove, home, try: attempt } = await withCrm(t);
  await put("login", "ann", { user: "ann", password: "planted-password-5" });
  const data = { user: "bob", password: "********" };
  await assert.rejects(put("login", "bob", data), { code: "bad-parameters", message: /no saved secret to keep/ });
  await put("login", "bob", data, { copy_of: "ann" });
  assert.equal(readdirSync(homePaths.secrets(home)).length, 2);
  await remove("login", "ann");
  assert.equal(readdirSync(homePaths.secrets(home)).length, 1);
  const { ok, steps } = await attempt("login", data, { name: "bob" });
  assert.deepEqual([ok, steps.find(({ name }) => name === "length")?.message], [true, "18 letters"]);
  await assert.rejects(put("login", "eve", data, { copy_of: "nobody" }), { code: "not-found" });
});

test("should rename a document with all references to it, and delete one that is used only when forced", async (t) => {
  const { put, get, rename, remove, home, client } = await withCrm(t);
  const changes: string[] = [];
  const feed = client.subscribe({ onEvent: ({ type }) => void changes.push(type) });
  await put("login", "ann", { user: "ann", password: "planted-password-3" });
  await put("crm", "main", { baseUrl: "https://a.example", login: { $block: "login/ann" } });
  await put("crm", "other", { baseUrl: "https://b.example" });
  await assert.rejects(rename("crm", "main", "other"), { code: "conflict" });
  await rename("login", "ann", "anna");
  assert.deepEqual((await get("crm", "main")).data["login"], { $block: "login/anna" });
  assert.deepEqual((await get("login", "anna")).used_by.documents, [
    { block_type_slug: "crm", name: "main", field: "login" },
  ]);
  await assert.rejects(get("login", "ann"), { code: "not-found", message: /Did you mean "anna"/ });
  await assert.rejects(remove("login", "anna"), { code: "conflict", message: /used by crm\/main \(login\)/ });
  await remove("login", "anna", true);
  assert.deepEqual(readdirSync(homePaths.secrets(home)), []);
  assert.deepEqual(filesWith(home, ["planted-password-3"]), []);
  await until(() => changes.filter((type) => type === "blocks").length >= 5);
  feed.close();
});

test("should keep blocks and types over a restart, and sweep ciphertexts that a crash has left", async (t) => {
  const { put, client, home, start } = await withCrm(t);
  await put("login", "ann", { user: "ann", password: "planted-password-4" });
  const orphan = path.join(homePaths.secrets(home), "01900000-0000-7000-8000-000000000000");
  writeFileSync(orphan, "{}");
  await client.request("POST /api/shutdown", { body: {} });
  await until(() =>
    client.request("GET /api/health").then(
      () => false,
      () => true,
    ),
  );
  const again = api(await start());
  const document = await again.get("login", "ann");
  assert.equal(document.type_known, true);
  await until(() => readdirSync(homePaths.secrets(home)).length === 1);
  writeFileSync(homePaths.secretKey(home), `${Buffer.alloc(32, 1).toString("base64")}\n`);
  assert.deepEqual((await again.get("login", "ann")).unreadable_secrets, ["password"]);
  const keeps = again.put("login", "ann", { user: "ann", password: "********" }, { overwrite: true });
  await assert.rejects(keeps, { code: "bad-parameters", message: /saved with another key.*Enter it again/ });
  await again.put("login", "ann", { user: "ann", password: "planted-password-5" }, { overwrite: true });
  assert.deepEqual((await again.get("login", "ann")).unreadable_secrets, []);
});

test("should tell how a document and a changed schema differ", async (t) => {
  const { put, get, client, module } = await withCrm(t);
  await put("crm", "a", { baseUrl: "https://a.example", pageSize: 500 });
  assert.equal((await get("crm", "a")).drift, null);
  const change = async (from: string, to: string) => {
    writeFileSync(module, crmModule.replace(from, to));
    await client.request("POST /api/block_types", { body: { module } });
    return (await get("crm", "a")).drift;
  };
  const schema = "baseUrl: z.url(), pageSize: z.int().min(1).default(10),";
  assert.deepEqual(
    await change(schema, "url: z.url(), pageSize: z.int().max(100).default(10), region: z.string().optional(),"),
    {
      added: [
        { field: "url", required: true },
        { field: "region", required: false },
      ],
      removed: [{ field: "baseUrl", renamed_to: "url" }],
      refused: [{ path: "pageSize", message: "must be 100 or less, not 500" }],
    },
  );
  const address = "address: z.url(), pageSize: z.int().min(1).default(10),";
  const renamed = crmModule
    .replace(schema, address)
    .replace('title: "CRM",', 'title: "CRM", renamed: { baseUrl: "address" },');
  writeFileSync(module, renamed.replace("value.baseUrl", "value.address"));
  await client.request("POST /api/block_types", { body: { module } });
  assert.equal((await get("crm", "a")).drift, null);
});

test("should test unsaved values in a process of its own, with saved secrets where nothing else is given", async (t) => {
  const { put, try: attempt, home, folder } = await withCrm(t);
  await put("login", "ann", { user: "ann", password: "planted-password-6" });
  const ok = await attempt("login", { user: "ann", password: "********" }, { name: "ann" });
  assert.deepEqual(
    ok.steps.map(({ name, state, message }) => [name, state, message]),
    [
      ["settings", "ok", null],
      ["length", "ok", "18 letters"],
      ["leak", "ok", null],
    ],
  );
  const leaky = await attempt("login", { user: "leaky", password: "planted-password-7" });
  assert.equal(leaky.ok, false);
  assert.equal(leaky.steps.at(-1)?.message, "refused ********");
  await assert.rejects(attempt("login", { user: "ann", password: "********" }), { code: "bad-parameters" });
  assert.deepEqual(filesWith(home, ["planted-password-6", "planted-password-7"]), []);
  const cancel = new AbortController();
  const slow = attempt(
    "login",
    { user: "slow", password: "planted-password-8" },
    { cwd: folder, signal: cancel.signal },
  );
  const pid = Number(
    await until(() => existsSync(path.join(folder, "test.pid")) && readFileSync(path.join(folder, "test.pid"), "utf8")),
  );
  cancel.abort();
  await assert.rejects(slow);
  await until(() => !isAlive(pid));
});
