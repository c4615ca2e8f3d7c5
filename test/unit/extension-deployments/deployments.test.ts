import assert from "node:assert/strict";
import { test } from "node:test";
import { deploymentCommands } from "../../../extension/deployments/commands.ts";
import { createDeclaredLenses } from "../../../extension/deployments/declared-lens.ts";
import { driftActions, driftSource, markDrift } from "../../../extension/deployments/drift-marks.ts";
import { parseDeclared } from "../../../extension/deployments/parse-declared.ts";
import { createRealFiles } from "../../../extension/real-files.ts";
import { schedulesText } from "../../../extension/status/status-text.ts";
import type { DeploymentDrift } from "../../../runtime/protocol/deployments.ts";
import { toldDeployment } from "../../support/deployments-told.ts";
import { fakeContext } from "../../support/fake-context.ts";

const file = "/work/millrace.json";
const text = '{\n  "deployments": [\n    { "flow": "flows/etl.ts:etl", "name": "daily" }\n  ]\n}\n';

function begin(drift: readonly DeploymentDrift[] = []) {
  const given = fakeContext({ answers: {} });
  const { context, known } = given;
  known.deployments = [toldDeployment({ declared_in: file })];
  known.declaredFiles = [parseDeclared(file, text)];
  known.drift.set("d1", drift);
  const opened: unknown[] = [];
  const pages = { openDeployment: async (what: unknown) => void opened.push(what), deploymentAt: () => undefined };
  return { ...given, whole: { ...context, pages } as unknown as Parameters<typeof deploymentCommands>[0], opened };
}

const gone: DeploymentDrift = { kind: "flow-gone", message: "etl.ts has no flow etl any more.", fields: [] };
const code: DeploymentDrift = { kind: "code-changed", message: "The code has changed.", fields: [] };

test("should mark a deployment that no longer fits where a file declares it, with the way to its page, and changed code only in the code", (t) => {
  const { whole, context, dispose } = begin([gone, code]);
  t.after(dispose);
  const marks = markDrift(whole, createRealFiles(context.vscode));
  const shown = context.vscode.languages.getDiagnostics(context.vscode.Uri.file(file));
  assert.deepEqual(
    shown.map(({ message, range, source }) => [message, range.start.line, range.start.character, source]),
    [["daily: etl.ts has no flow etl any more.", 2, 15, driftSource]],
  );
  const provider = driftActions(context, marks);
  const actions = provider.provideCodeActions(
    ...([undefined, undefined, { diagnostics: shown }] as unknown as Parameters<typeof provider.provideCodeActions>),
  );
  assert.deepEqual(
    (actions as readonly { command: { command: string; arguments: unknown[] } }[]).map(({ command }) => [
      command.command,
      command.arguments,
    ]),
    [["millrace.editDeployment", [{ deployment_id: "d1" }]]],
  );
});

test("should say over a declaration whether it is deployed here, and as it stands", (t) => {
  const { context, known, dispose } = begin();
  t.after(dispose);
  const lenses = context.own(createDeclaredLenses(context));
  const titles = (): string[] => {
    const document = { uri: context.vscode.Uri.file(file) };
    const all = lenses.provideCodeLenses(...([document] as unknown as Parameters<typeof lenses.provideCodeLenses>));
    return (all as readonly { command: { title: string } }[]).map(({ command }) => command.title);
  };
  assert.match(titles()[0] ?? "", /^\$\(cloud\) Deployed · /);
  known.plans.set("daily", { kind: "changed", changes: [{ path: "tags", before: [], after: ["x"] }], problems: [] });
  assert.deepEqual(titles(), ["$(cloud-upload) Differs from what is deployed"]);
  known.plans.set("daily", { kind: "changed", changes: [], problems: [{ path: "flow", message: "is not there" }] });
  assert.deepEqual(titles(), ["$(warning) Cannot be deployed"]);
  known.plans.clear();
  known.deployments = [];
  assert.deepEqual(titles(), ["$(cloud-upload) Deploy"]);
});

test("should open a new page for a flow without deployments, and ask which one is meant where there are some", async (t) => {
  const { whole, known, fake, opened, dispose } = begin();
  t.after(dispose);
  const commands = deploymentCommands(whole);
  const target = { uri: "file:///work/flows/other.ts", export: "other", name: "other" };
  await commands.deploy[1](target);
  assert.deepEqual(opened, [{ target }]);
  const etl = { uri: "file:///work/flows/etl.ts", export: "etl", name: "etl" };
  const choose = (label: string): void => {
    fake.state.onQuickPick = (items) => items.find((item) => (item as { label: string }).label === label);
  };
  choose("$(edit) daily");
  await commands.deploy[1](etl);
  assert.deepEqual(opened.at(-1), { deployment_id: "d1" });
  known.deployments = [];
  choose("$(cloud-upload) daily");
  await commands.deploy[1](etl);
  assert.deepEqual(opened.at(-1), {
    declared: { declared_in: file, flow: "flows/etl.ts:etl", name: "daily" },
    target: etl,
  });
});

test("should turn off one schedule of a deployment where one is meant, else all of them", async (t) => {
  const { whole, performed, dispose } = begin();
  t.after(dispose);
  const commands = deploymentCommands(whole);
  await commands.pauseDeployment[1]({ deployment_id: "d1", schedule_id: "s1" });
  await commands.pauseDeployment[1]({ deployment_id: "d1" });
  await commands.resumeDeployment[1]({ deployment_id: "d1" });
  assert.deepEqual(performed, [
    { action: "switchSchedule", input: ["d1", "s1", false] },
    { action: "switchSchedules", input: ["d1", false] },
    { action: "switchSchedules", input: ["d1", true] },
  ]);
});

test("should tell which schedules fire with the editor closed", () => {
  const [kept, not] = [{ keep_running: true }, { keep_running: false }];
  assert.equal(schedulesText([]), undefined);
  assert.equal(schedulesText([not]), "1 schedule on, only while VS Code is open");
  assert.equal(schedulesText([kept, not]), "2 schedules on, 1 of them also with VS Code closed");
  assert.equal(schedulesText([kept]), "1 schedule on, also with VS Code closed");
});
