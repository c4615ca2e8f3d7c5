import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { features } from "../../../extension/features.ts";
import { writeProfiles } from "../../../runtime/client/profiles.ts";
import { fakeClient, flowRun } from "../../support/fake-client.ts";
import { fakeExtension, fileFlows, flowSite } from "../../support/fake-extension.ts";
import { Uri } from "../../support/fake-vscode.ts";
import { projectRoot, temporaryFolder } from "../../support/places.ts";
import { until } from "../../support/until.ts";

const manifest: {
  contributes: {
    commands: { command: string }[];
    views: { millrace: { id: string; type?: string; when?: string }[] };
    customEditors: { viewType: string }[];
  };
} = JSON.parse(readFileSync(path.join(projectRoot, "package.json"), "utf8"));

test("should register every command, view and page that the manifest contributes, and no other command", (t) => {
  const { fake } = fakeExtension(t);
  const contributed = manifest.contributes.commands.map(({ command }) => command);
  assert.deepEqual([...fake.commandNames()].sort(), [...contributed].sort());
  const shown = features.map((feature) => `millrace.features.${feature}`);
  const views = manifest.contributes.views.millrace.filter(
    ({ when }) => when === undefined || shown.includes(when.split(" ")[0] ?? ""),
  );
  assert.deepEqual(
    views.filter((view) => view.type === "webview").map((view) => view.id),
    [...fake.webviewViews.keys()],
  );
  assert.deepEqual(
    views.filter((view) => view.type !== "webview").map((view) => view.id),
    fake.treeViews.map((view) => view.id),
  );
  assert.deepEqual(
    manifest.contributes.customEditors.map((editor) => editor.viewType).sort(),
    [...fake.customEditors.keys()].sort(),
  );
});

test("should start nothing while no open file mentions millrace", (t) => {
  const { fake, language, launchers } = fakeExtension(t);
  fake.openDocument("/somewhere/plain.ts", "export const one = 1;\n");
  assert.equal(language(), undefined);
  assert.deepEqual(launchers, []);
  fake.openDocument("/somewhere/notes.md", "millrace\n", "markdown");
  assert.equal(language(), undefined);
});

test("should start the language server with the first file that mentions millrace", (t) => {
  const { fake, language, folder } = fakeExtension(t);
  fake.openDocument(path.join(folder, "etl.ts"), 'import { flow } from "millrace";\n');
  const started = language();
  assert.equal(path.relative(projectRoot, started?.module ?? ""), path.join("dist", "language-server", "main.cjs"));
  assert.deepEqual(started?.settings.codeLens, { run: true, debug: true, deploy: true });
});

test("should start the language server when a file comes to mention millrace as one types", async (t) => {
  const { fake, language, folder } = fakeExtension(t);
  const document = fake.openDocument(path.join(folder, "new.ts"), "\n");
  fake.edit(document, new fake.api.Range(0, 0, 0, 0) as never, 'import { flow } from "millrace";');
  await until(() => language());
});

test("should tell the editor which files have flows, by their paths", (t) => {
  const { fake, found, folder } = fakeExtension(t);
  const file = path.join(folder, "my flows", "été.ts");
  fake.openDocument(file, 'import { flow } from "millrace";\n');
  found(fileFlows(Uri.file(file).toString(), [flowSite("etl", 3)]));
  assert.deepEqual(fake.contextKeys.get("millrace.flowFiles"), [file]);
  assert.equal(fake.contextKeys.get("millrace.hasFlows"), true);
  found(fileFlows(Uri.file(file).toString(), []));
  assert.deepEqual(fake.contextKeys.get("millrace.flowFiles"), []);
  assert.equal(fake.contextKeys.get("millrace.hasFlows"), false);
});

test("should tell the editor which open files are still to be read, so that a key pressed meanwhile waits", async (t) => {
  const { fake, found, folder, context } = fakeExtension(t);
  const file = path.join(folder, "etl.ts");
  const { uri } = fake.openDocument(file, 'import { flow } from "millrace";\n');
  fake.openDocument(path.join(folder, "other.ts"), "export {};\n");
  assert.deepEqual(fake.contextKeys.get("millrace.unreadFiles"), [file]);
  let read = false;
  const reading = context.flows.read(uri as never).then(() => {
    read = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(read, false);
  found(fileFlows(Uri.file(file).toString(), [flowSite("etl", 3)]));
  await reading;
  assert.deepEqual(fake.contextKeys.get("millrace.unreadFiles"), []);
  await context.flows.read(uri as never);
});

test("should put the command on the terminal's PATH in trusted folders only, and point it at the chosen home", async (t) => {
  const { fake, variables, launchers, folder, home } = fakeExtension(t, { trusted: false });
  fake.openDocument(path.join(folder, "etl.ts"), 'import { flow } from "millrace";\n');
  assert.equal(variables.size, 0);
  fake.grantTrust();
  await until(() => variables.get("PATH"));
  assert.equal(variables.get("PATH")?.value, path.join(home, "bin") + path.delimiter);
  assert.equal(variables.get("MILLRACE_HOME")?.value, home);
  assert.deepEqual(launchers, [home]);
});

test("should leave nothing behind when it ends", (t) => {
  const { fake, end, told, folder } = fakeExtension(t);
  fake.openDocument(path.join(folder, "etl.ts"), 'import { flow } from "millrace";\n');
  end();
  assert.deepEqual(fake.commandNames(), []);
  assert.deepEqual(fake.statusBarItems, []);
  assert.deepEqual(fake.treeViews, []);
  assert.deepEqual(fake.providers, []);
  assert.equal(fake.collections.size, 0);
  assert.deepEqual([...fake.customEditors, ...fake.webviewViews], []);
  void told;
});

for (const [what, state_type, stoppedInOrder, starts] of [
  ["start a service again that was killed while a run goes on", "RUNNING", false, 1],
  ["leave a service stopped that somebody stopped while a run goes on", "RUNNING", true, 0],
  ["leave a service ended that ended with nothing to do", "COMPLETED", false, 0],
] as const) {
  test(`should ${what}`, async (t) => {
    const client = fakeClient();
    const options = { client, running: true, stoppedInOrder };
    const { context, folder } = fakeExtension(t, options);
    await context.service.client();
    client.say({
      seq: 1,
      type: "flow-run",
      flow_run: flowRun("a", { flow_file: path.join(folder, "etl.ts"), state_type }),
    });
    let started = 0;
    context.service.onDidChangeState((state) => {
      if (state === "starting") started++;
    });
    options.running = false;
    client.become("waiting");
    await until(() => context.service.state === (starts === 1 ? "connected" : "stopped"));
    assert.equal(started, starts);
  });
}

test("should work with the home of the chosen profile, and show its name in the status bar", async (t) => {
  const configuration = temporaryFolder(t, "millrace-config-");
  const home = path.join(configuration, "client-b");
  const before = process.env["MILLRACE_CONFIG"];
  process.env["MILLRACE_CONFIG"] = configuration;
  t.after(() => {
    if (before === undefined) delete process.env["MILLRACE_CONFIG"];
    else process.env["MILLRACE_CONFIG"] = before;
  });
  writeProfiles({
    active: null,
    profiles: [
      { name: "client-b", home },
      { name: "build", url: "http://build:4300" },
    ],
  });
  const settings = { "millrace.home": "", "millrace.profile": "client-b" };
  const { context, fake, found, folder } = fakeExtension(t, { settings });
  assert.equal(context.service.home, home);
  fake.openDocument(path.join(folder, "etl.ts"), 'import { flow } from "millrace";\n');
  found(fileFlows(Uri.file(path.join(folder, "etl.ts")).toString(), [flowSite("etl", 1)]));
  assert.equal(fake.statusBarItems[0]?.text, "$(play) Millrace · client-b");
  const { fake: other } = fakeExtension(t, { settings: { ...settings, "millrace.profile": "build" } });
  await until(() => other.messages.length > 0);
  assert.match(other.messages[0]?.text ?? "", /orchestrator at http:\/\/build:4300/);
});
