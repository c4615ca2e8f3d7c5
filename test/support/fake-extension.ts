/** The whole extension on an editor in memory: its own parts are real, the language server and the service are not. */
import { mkdirSync } from "node:fs";
import path from "node:path";
import type { TestContext } from "node:test";
import { start } from "../../extension/activation.ts";
import type { Context } from "../../extension/context.ts";
import type { LanguageConnection, LanguageOptions } from "../../extension/language/connection.ts";
import type { Client } from "../../runtime/client/client.ts";
import type { BlockUse, FileFlows, FlowSite } from "../../runtime/protocol/language.ts";
import { type FakeOptions, type FakeVscode, fakeExtensionContext, fakeVscode } from "./fake-vscode.ts";
import { projectRoot, temporaryFolder } from "./places.ts";

export interface FakeExtension {
  readonly fake: FakeVscode;
  readonly context: Context;
  /** The workspace's folder. */
  readonly folder: string;
  readonly home: string;
  /** What the language server was asked to start with; undefined while nothing has needed it. */
  readonly language: () => LanguageOptions | undefined;
  /** What it was told. */
  readonly told: unknown[];
  /** What it says it found. */
  found(...files: readonly FileFlows[]): void;
  readonly launchers: string[];
  readonly variables: ReadonlyMap<string, { readonly value: string; readonly type: string }>;
  end(): void;
}

export interface FakeExtensionOptions extends FakeOptions {
  /** The service that runs or is started; without one, starting fails. */
  readonly client?: Client;
  /** Runs already, so that looking finds it. */
  readonly running?: boolean;
  /** Where the language server finds a block in code. */
  readonly blockUses?: (type: string, name: string) => readonly BlockUse[];
  /** The service that is gone was stopped, not killed. */
  readonly stoppedInOrder?: boolean;
}

export function fakeExtension(test: Pick<TestContext, "after">, options: FakeExtensionOptions = {}): FakeExtension {
  const root = temporaryFolder(test, "millrace-extension-");
  const folder = options.folders?.[0] ?? path.join(root, "work");
  mkdirSync(folder, { recursive: true });
  const home = path.join(root, "home");
  const fake = fakeVscode({
    folders: [folder],
    ...options,
    settings: { "millrace.home": home, ...options.settings },
  });
  const { context: extension, variables, end } = fakeExtensionContext(projectRoot, root);
  let language: LanguageOptions | undefined;
  const told: unknown[] = [];
  const launchers: string[] = [];
  const connection: LanguageConnection = {
    graph: async () => null,
    blockUses: async ({ type, name }) => options.blockUses?.(type, name) ?? [],
    blockAt: async () => null,
    tell: (facts) => void told.push(facts),
    configure: (settings) => void told.push(settings),
    restart: async () => void told.push("restart"),
    stop: async () => void told.push("stop"),
  };
  const context = start(fake.api, extension, {
    startLanguage: async (given) => {
      language = given;
      return connection;
    },
    connector: {
      connect: async () => (options.running === true ? options.client : undefined),
      connectOrStart: async () => {
        if (options.client === undefined) throw new Error("no service in this test");
        return options.client;
      },
    },
    endedInOrder: async () => options.stoppedInOrder ?? false,
    installLauncher: async (given) => void launchers.push(given),
    repairService: async () => "not-installed",
  });
  test.after(end);
  return {
    ...{ fake, context, folder, home, told, launchers, variables, end },
    language: () => language,
    found: (...files) => language?.listeners.onFlows(files),
  };
}

const nowhere = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };

/** A flow as the language server tells it. */
export function flowSite(name: string, line: number, rest: Partial<FlowSite> = {}): FlowSite {
  return {
    name,
    export: name,
    variable: name,
    range: { start: { line, character: 0 }, end: { line: line + 4, character: 3 } },
    selection: { start: { line, character: 13 }, end: { line, character: 13 + name.length } },
    body: nowhere,
    parameters: [],
    parameters_complete: true,
    description: null,
    tags: [],
    ...rest,
  };
}

export function fileFlows(uri: string, flows: readonly FlowSite[], rest: Partial<FileFlows> = {}): FileFlows {
  return { uri, version: 1, flows, tasks: [], calls: [], ...rest };
}
