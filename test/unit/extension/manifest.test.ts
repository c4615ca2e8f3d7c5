import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { features } from "../../../extension/features.ts";
import { settingDefaults } from "../../../extension/settings.ts";
import { pageSchemes } from "../../../runtime/protocol/pages.ts";
import { projectRoot } from "../../support/places.ts";

interface Entry {
  readonly command: string;
  readonly when?: string;
  readonly group?: string;
}

interface Setting {
  readonly type: string;
  readonly default: unknown;
  readonly scope: string;
  readonly markdownDescription: string;
  readonly enum?: readonly string[];
  readonly markdownEnumDescriptions?: readonly string[];
}

interface Manifest {
  readonly icon: string;
  readonly activationEvents: readonly string[];
  readonly extensionKind: readonly string[];
  readonly capabilities: {
    readonly untrustedWorkspaces: { readonly supported: string; readonly restrictedConfigurations: readonly string[] };
  };
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly title: string; readonly category: string }[];
    readonly menus: Readonly<Record<string, readonly Entry[]>>;
    readonly keybindings: readonly Entry[];
    readonly views: {
      readonly millrace: readonly { readonly id: string; readonly icon: string; readonly when?: string }[];
    };
    readonly viewsWelcome: readonly { readonly view: string; readonly contents: string; readonly when?: string }[];
    readonly viewsContainers: { readonly activitybar: readonly { readonly icon: string }[] };
    readonly customEditors: readonly {
      readonly viewType: string;
      readonly selector: readonly { readonly filenamePattern: string }[];
    }[];
    readonly configuration: { readonly properties: Readonly<Record<string, Setting>> };
  };
}

const manifest: Manifest = JSON.parse(readFileSync(path.join(projectRoot, "package.json"), "utf8"));
const { contributes } = manifest;
const commands = new Set(contributes.commands.map(({ command }) => command));
const entries = [...Object.values(contributes.menus).flat(), ...contributes.keybindings];
const settings = Object.entries(contributes.configuration.properties);

test("should contribute the settings that the code reads, with the same defaults, and at most sixteen", () => {
  assert.deepEqual(
    Object.fromEntries(settings.map(([key, setting]) => [key.replace(/^millrace\./, ""), setting.default])),
    settingDefaults,
  );
  assert.ok(settings.length <= 16);
});

test("should describe each setting in a sentence, and each of its values", () => {
  for (const [key, setting] of settings) {
    assert.match(setting.markdownDescription, /^[A-Z].*\.$/, key);
    assert.equal(setting.enum?.length, setting.markdownEnumDescriptions?.length, key);
  }
});

test("should let no workspace choose which programs run or where the runs are", () => {
  for (const key of ["millrace.home", "millrace.nodePath"]) {
    assert.equal(contributes.configuration.properties[key]?.scope, "machine");
    assert.ok(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations.includes(key));
  }
  assert.equal(manifest.capabilities.untrustedWorkspaces.supported, "limited");
  assert.deepEqual(manifest.extensionKind, ["workspace"]);
});

test("should name in menus and keys only commands that there are", () => {
  for (const { command } of entries) assert.ok(commands.has(command), command);
  for (const { contents } of contributes.viewsWelcome) {
    for (const [, command] of contents.matchAll(/\(command:(millrace\.\w+)\)/g))
      assert.ok(commands.has(command ?? ""), command);
  }
});

test("should title commands with short words under one category", () => {
  for (const { command, title, category } of contributes.commands) {
    assert.equal(category, "Millrace", command);
    assert.ok(title.length <= 40 && /^[A-Z]/.test(title) && !/Millrace:|Orchestrator/.test(title), title);
  }
});

test("should keep out of the palette what needs a tree's element, and gate what needs a flow", () => {
  const palette = new Map(contributes.menus["commandPalette"]?.map(({ command, when }) => [command, when]));
  const ofElements = ["resumeFrom", "rerunTask", "retryRun", "copyError", "copyRunId", "deleteRun", "openSource"];
  for (const name of [...ofElements, "renameBlock", "duplicateBlock", "deleteBlock", "copyBlockSnippet"]) {
    assert.equal(palette.get(`millrace.${name}`), "false", name);
  }
  for (const name of ["run", "runWith", "debug", "showGraph"]) {
    assert.equal(palette.get(`millrace.${name}`), "resourcePath in millrace.flowFiles", name);
  }
});

test("should repeat every inline action in the context menu, so that keys reach it", () => {
  const inContext = contributes.menus["view/item/context"] ?? [];
  for (const { command, when, group } of inContext) {
    if (!group?.startsWith("inline")) continue;
    const twin = inContext.some(
      (other) => other.command === command && other.when === when && !other.group?.startsWith("inline"),
    );
    assert.ok(twin, `${command} ${when}`);
  }
});

test("should ask in conditions only for keys that the extension sets", () => {
  const known = new Set([
    ...[
      "flowFiles",
      "unreadFiles",
      "hasFlows",
      "indexed",
      "hasLiveRuns",
      "showsAllRuns",
      "runsFiltered",
      "hasWorkPools",
    ],
    ...["features.blocks", "features.deployments", "features.workPools"],
    ...[
      "runs",
      "flows",
      "deployments",
      "blocks",
      "workPools",
      "runPanel",
      "run",
      "history",
      "graph",
      "block",
      "deployment",
    ],
  ]);
  const conditions = [
    ...entries.map(({ when }) => when),
    ...contributes.viewsWelcome.map(({ when }) => when),
    ...contributes.views.millrace.map(({ when }) => when),
  ];
  for (const when of conditions) {
    for (const [, key] of (when ?? "").matchAll(/\bmillrace\.([\w.]+)/g)) assert.ok(known.has(key ?? ""), when);
  }
});

test("should hide the views of features that are not there yet", () => {
  assert.deepEqual(features, ["blocks", "deployments", "workPools"]);
  const always = contributes.views.millrace.filter(({ when }) => when === undefined).map(({ id }) => id);
  assert.deepEqual(always, ["millrace.runPanel", "millrace.flows", "millrace.runs"]);
});

test("should open each kind of page by the scheme of its address", () => {
  assert.deepEqual(
    contributes.customEditors.map(({ viewType, selector }) => [viewType, selector[0]?.filenamePattern]),
    Object.values(pageSchemes).map(({ viewType, scheme }) => [viewType, `${scheme}:/**`]),
  );
});

test("should activate with the languages that flows are written in, and with nothing broader", () => {
  assert.ok(!manifest.activationEvents.some((event) => event === "*" || event.startsWith("onStartup")));
  // A search through all folders would be; these are two looks.
  const contains = manifest.activationEvents.filter((event) => event.startsWith("workspaceContains:"));
  assert.deepEqual(contains, ["workspaceContains:millrace.json", "workspaceContains:*/millrace.json"]);
  const languages = manifest.activationEvents.filter((event) => event.startsWith("onLanguage:"));
  assert.deepEqual(
    languages,
    ["typescript", "typescriptreact", "javascript", "javascriptreact"].map((name) => `onLanguage:${name}`),
  );
});

test("should have the pictures that it names", () => {
  const files = [manifest.icon, ...contributes.viewsContainers.activitybar, ...contributes.views.millrace].map(
    (entry) => (typeof entry === "string" ? entry : entry.icon),
  );
  for (const file of new Set(files)) assert.ok(existsSync(path.join(projectRoot, file)), file);
});
