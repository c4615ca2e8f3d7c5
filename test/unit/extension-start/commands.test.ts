import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { isAboutMillrace } from "../../../extension/start/show-stub.ts";
import type { KnownFacts } from "../../../runtime/protocol/language.ts";
import { type FakeExtension, fakeExtension, fileFlows, flowSite } from "../../support/fake-extension.ts";
import { Uri } from "../../support/fake-vscode.ts";
import { until } from "../../support/until.ts";

const stubIn = (folder: string): string => path.join(folder, "node_modules", "millrace", "package.json");

/** A flow file is opened, and found by the language server. */
function openFlow({ fake, folder, found }: FakeExtension, name = "etl.ts"): Uri {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, 'import { flow } from "millrace";\n');
  const document = fake.openDocument(file, readFileSync(file, "utf8"));
  fake.showEditor(document);
  found(fileFlows(document.uri.toString(), [flowSite("etl", 1)]));
  return document.uri;
}

const linkedAsTold = (told: readonly unknown[]) =>
  (told.filter((facts) => Object.hasOwn(facts as object, "types_linked")) as KnownFacts[]).at(-1)?.types_linked;

test("should ask for a name and leave the cursor in a new flow whose types are there", async (t) => {
  const { fake, folder } = fakeExtension(t);
  let linkedBefore = false;
  fake.events.onDidOpenTextDocument.event(() => {
    linkedBefore = existsSync(stubIn(folder));
  });
  fake.state.onInputBox = () => "Daily Report";
  await fake.run("millrace.newFlow");
  const text = readFileSync(path.join(folder, "flows", "daily-report.ts"), "utf8");
  assert.match(text, /^export const dailyReport = flow\(\{$/m);
  const editor = fake.state.activeEditor;
  assert.equal(path.basename(editor?.document.uri.fsPath ?? ""), "daily-report.ts");
  assert.match(text.split("\n")[editor?.selection.active.line ?? 0] ?? "", /return report\(rows\);/);
  assert.ok(linkedBefore);
  assert.deepEqual(readdirSync(folder).sort(), ["flows", "node_modules"]);
  assert.deepEqual(fake.messages, []);
});

test("should never write over a file, and say so before and after", async (t) => {
  const { fake, folder } = fakeExtension(t);
  mkdirSync(path.join(folder, "flows"));
  writeFileSync(path.join(folder, "flows", "mine.ts"), "mine");
  fake.state.onInputBox = () => "mine";
  await fake.run("millrace.newFlow");
  assert.equal(readFileSync(path.join(folder, "flows", "mine.ts"), "utf8"), "mine");
  assert.match(fake.messages[0]?.text ?? "", /mine\.ts is there already/);
  const [box] = fake.inputBoxes as { validateInput(text: string): { severity: number; message: string } }[];
  assert.deepEqual(box?.validateInput("mine"), {
    severity: 3,
    message: "flows/mine.ts is there already; choose another name.",
  });
  assert.match(box?.validateInput("a/b").message ?? "", /none of them/);
  assert.equal(box?.validateInput("other").severity, 1);
});

test("should warn of a name that another flow of the folder nearly has", async (t) => {
  const extension = fakeExtension(t);
  openFlow(extension);
  await extension.fake.run("millrace.newFlow");
  const [box] = extension.fake.inputBoxes as { validateInput(text: string): { severity: number; message: string } }[];
  assert.deepEqual(box?.validateInput("etl"), {
    severity: 2,
    message: 'etl.ts has a flow "etl" already: the two would be hard to tell apart.',
  });
});

test("should offer to open a folder when none is", async (t) => {
  const { fake } = fakeExtension(t);
  fake.state.folders = [];
  fake.state.onMessage = () => "Open Folder";
  await fake.run("millrace.newFlow");
  assert.ok(fake.executed.some(({ command }) => command === "vscode.openFolder"));
  assert.equal(fake.messages.length, 1);
});

test("should link the types when a flow file is opened, with a line in the log and nothing else", async (t) => {
  const extension = fakeExtension(t);
  openFlow(extension);
  await until(() => existsSync(stubIn(extension.folder)));
  assert.deepEqual(extension.fake.messages, []);
  await until(() => extension.fake.outputLines.some((line) => /types of millrace linked/.test(line)));
  const key = Uri.file(extension.folder).toString();
  assert.deepEqual(await until(() => linkedAsTold(extension.told)), { [key]: true });
});

test("should link the types when a file is opened that has blocks and no flow, and leave other files alone", async (t) => {
  const { fake, folder } = fakeExtension(t);
  const open = (name: string, text: string): void => {
    const file = path.join(folder, name);
    writeFileSync(file, text);
    fake.showEditor(fake.openDocument(file, text));
  };
  open("notes.ts", "// about millrace\n");
  assert.ok(!existsSync(stubIn(folder)));
  open("crm.ts", 'import { defineBlock } from "millrace/blocks";\n');
  await until(() => existsSync(stubIn(folder)));
});

test("should link nothing in Restricted Mode, and do it when the folder is trusted", async (t) => {
  const extension = fakeExtension(t, { trusted: false });
  openFlow(extension);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(existsSync(stubIn(extension.folder)), false);
  await extension.fake.run("millrace.linkTypes");
  assert.match(extension.fake.messages[0]?.text ?? "", /needs a trusted folder/);
  extension.fake.grantTrust();
  await until(() => existsSync(stubIn(extension.folder)));
});

test('should link only when it is asked for with types.link "ask", and hint until then', async (t) => {
  const extension = fakeExtension(t, { settings: { "millrace.types.link": "ask" } });
  const uri = openFlow(extension);
  const key = Uri.file(extension.folder).toString();
  assert.deepEqual(await until(() => linkedAsTold(extension.told)), { [key]: false });
  assert.equal(existsSync(stubIn(extension.folder)), false);
  await extension.fake.run("millrace.linkTypes", uri);
  assert.ok(existsSync(stubIn(extension.folder)));
  assert.deepEqual(linkedAsTold(extension.told), { [key]: true });
});

test('should neither link nor hint with types.link "off", unless it is asked to', async (t) => {
  const extension = fakeExtension(t, { settings: { "millrace.types.link": "off" } });
  const uri = openFlow(extension);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(existsSync(stubIn(extension.folder)), false);
  assert.equal(Object.values(linkedAsTold(extension.told) ?? {}).includes(false), false);
  await extension.fake.run("millrace.linkTypes", uri);
  assert.ok(existsSync(stubIn(extension.folder)));
});

test("should leave a project with a package.json alone until it is asked, and install there where its user sees it", async (t) => {
  const extension = fakeExtension(t);
  writeFileSync(path.join(extension.folder, "package.json"), "{}");
  writeFileSync(path.join(extension.folder, "pnpm-lock.yaml"), "");
  const uri = openFlow(extension, "flows/etl.ts");
  await until(() => linkedAsTold(extension.told));
  assert.equal(existsSync(stubIn(extension.folder)), false);
  await extension.fake.run("millrace.installPackage", uri);
  const [task] = extension.fake.tasks as { execution: { commandLine: string; options: { cwd: string } } }[];
  assert.equal(task?.execution.commandLine, "pnpm add -D millrace");
  assert.equal(task?.execution.options.cwd, extension.folder);
  await extension.fake.run("millrace.linkTypes", uri);
  assert.ok(existsSync(stubIn(extension.folder)));
  assert.equal(readFileSync(path.join(extension.folder, "package.json"), "utf8"), "{}");
});

test("should put the stub back when an installation has taken it away", async (t) => {
  const extension = fakeExtension(t);
  openFlow(extension);
  await until(() => existsSync(stubIn(extension.folder)));
  rmSync(path.join(extension.folder, "node_modules"), { recursive: true });
  const document = extension.fake.documents[0];
  if (document !== undefined) extension.fake.showEditor(document);
  await until(() => existsSync(stubIn(extension.folder)));
});

test("should have TypeScript look again when it still misses what is linked, and not when it misses something else", async (t) => {
  const extension = fakeExtension(t);
  const uri = openFlow(extension);
  const { fake } = extension;
  await until(() => existsSync(stubIn(extension.folder)));
  const collection = extension.context.vscode.languages.createDiagnosticCollection("ts");
  const complain = (message: string) => {
    const diagnostic = new fake.api.Diagnostic(new fake.api.Range(0, 0, 0, 5), message);
    diagnostic.code = 2307;
    collection.set(uri as never, [diagnostic]);
  };
  const tried = () => fake.outputLines.filter((line) => /has not seen/.test(line)).length;
  complain("Cannot find module 'zod'");
  complain("Cannot find module 'millrace'");
  await until(() => tried() > 0);
  assert.equal(tried(), 1);
  assert.ok(existsSync(stubIn(extension.folder)));
  assert.deepEqual(readdirSync(path.join(extension.folder, "node_modules")), ["millrace"]);
});

test("should copy the example with its sample, once, and show its parent flow", async (t) => {
  const { fake, folder } = fakeExtension(t);
  await fake.run("millrace.example");
  const taxi = path.join(folder, "taxi");
  const flows = ["etl-bucket-to-warehouse.ts", "etl-parent.ts", "etl-web-to-bucket.ts", "homework.ts", "ingest.ts"];
  const names = ["README.md", ...flows, "sample", "trips.ts"];
  assert.deepEqual(readdirSync(taxi).sort(), names);
  assert.match(
    readFileSync(path.join(taxi, "trips.ts"), "utf8"),
    /tripSource = new URL\("sample", import\.meta\.url\)/,
  );
  assert.doesNotMatch(readFileSync(path.join(taxi, "etl-parent.ts"), "utf8"), /examples\/zoomcamp/);
  writeFileSync(path.join(taxi, "etl-parent.ts"), "// mine");
  await fake.run("millrace.example");
  assert.equal(readFileSync(path.join(taxi, "etl-parent.ts"), "utf8"), "// mine");
  assert.equal(path.basename(fake.state.activeEditor?.document.uri.fsPath ?? ""), "etl-parent.ts");
});

test("should know TypeScript's complaint that millrace is not there", () => {
  assert.ok(isAboutMillrace({ code: 2307, message: "Cannot find module 'millrace' or its corresponding types." }));
  assert.ok(isAboutMillrace({ code: { value: "2307", target: Uri.file("/") as never }, message: "„millrace/blocks“" }));
  assert.equal(isAboutMillrace({ code: 2307, message: "Cannot find module 'zod'" }), false);
  assert.equal(isAboutMillrace({ code: 2322, message: "millrace" }), false);
});
