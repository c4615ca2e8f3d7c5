/**
 * Builds the parts and connects them. Activation registers, and asks whether an open file mentions `millrace`; the language
 * server, the connection to the service and their code load when something needs them.
 */
import type * as Vscode from "vscode";
import { chosenPlace, isRemote } from "../runtime/client/profiles.ts";
import { MillraceError } from "../runtime/protocol/errors.ts";
import { homeFolder } from "../runtime/protocol/home.ts";
import { isTerminal } from "../runtime/protocol/states.ts";
import { registerAutomations } from "./automations/index.ts";
import { onFirstMention } from "./awaken.ts";
import { followEditors } from "./blocks/follow-editors.ts";
import { registerBlocks } from "./blocks/index.ts";
import { createBlockActions } from "./blocks/lazy-actions.ts";
import { createBlockModel } from "./blocks/model.ts";
import { registerCode } from "./code/register.ts";
import { createActions } from "./commands/actions.ts";
import { registerLinks } from "./commands/links.ts";
import { registerCommands } from "./commands/register.ts";
import { watchRuns } from "./commands/watch-runs.ts";
import type { Actions, BlockActions, Context, DeploymentActions, VscodeApi } from "./context.ts";
import { registerDebug } from "./debug/index.ts";
import { registerDeployments } from "./deployments/index.ts";
import { createDeploymentActions } from "./deployments/lazy-actions.ts";
import { createDeploymentModel } from "./deployments/model.ts";
import { createPlannedTexts } from "./deployments/planned-texts.ts";
import { createRunDocuments } from "./documents/run-documents.ts";
import { features } from "./features.ts";
import type { StartLanguage } from "./language/connection.ts";
import { createFlowModel } from "./language/flow-model.ts";
import { createPages, type PagesAndFeed } from "./pages/index.ts";
import { createRealFiles } from "./real-files.ts";
import { createReport } from "./report.ts";
import { keepRetention } from "./service/retention.ts";
import { createRunModel } from "./service/run-model.ts";
import { type Connector, createService } from "./service/service.ts";
import { keepWarm } from "./service/warm.ts";
import { createSettings } from "./settings.ts";
import { registerStart } from "./start/index.ts";
import { registerStatus } from "./status/status.ts";
import { offerTerminal } from "./status/terminal.ts";
import { registerViews } from "./views/index.ts";

/** What is loaded when first needed, or differs in tests. */
export interface Outside {
  readonly startLanguage: StartLanguage;
  readonly connector: Connector;
  /** Whether the home's last service was stopped, rather than killed. */
  readonly endedInOrder: (home: string) => Promise<boolean>;
  /** Writes `$MILLRACE_HOME/bin/millrace` unless it is there. */
  readonly installLauncher: (home: string, node: string | undefined) => Promise<void>;
  /** Writes the unit again that starts the home's service with the system, where one is installed and out of date. */
  readonly repairService: (home: string) => Promise<"not-installed" | "fine" | "repaired">;
}

export function start(vscode: VscodeApi, extension: Vscode.ExtensionContext, outside: Outside): Context {
  const own = <Thing extends Vscode.Disposable>(thing: Thing): Thing => {
    extension.subscriptions.push(thing);
    return thing;
  };
  const log = own(vscode.window.createOutputChannel("Millrace", { log: true }));
  const settings = createSettings(vscode);
  const report = createReport(vscode, log);
  const files = createRealFiles(vscode);

  const chosenHome = settings.get("home");
  const home = homeOf(chosenHome, settings.get("profile"), (thrown) => report(thrown, "Reading the profile"));
  const node = (): string | undefined => {
    const chosen = settings.get("nodePath");
    return chosen === "auto" || chosen === "" ? undefined : chosen;
  };
  const service = own(createService({ vscode, log, home, node, connector: outside.connector }));
  const runs = own(createRunModel({ vscode, service, log, files }));
  const flows = own(
    createFlowModel({
      vscode,
      log,
      settings,
      module: extension.asAbsolutePath("dist/language-server/main.cjs"),
      startLanguage: outside.startLanguage,
    }),
  );
  const blocks = own(createBlockModel({ vscode, service, log }));
  const deployments = own(createDeploymentModel({ vscode, service, files, log }));

  // Pages call actions and actions open pages: each is asked for the other when something happens, not before.
  const context: Context = {
    ...{ vscode, extension, log, settings, service, runs, flows, blocks, deployments, own, report },
    get pages(): PagesAndFeed {
      return pages;
    },
    get actions(): Actions {
      return actions;
    },
    get blockActions(): BlockActions {
      return blockActions;
    },
    get deploymentActions(): DeploymentActions {
      return deploymentActions;
    },
  };
  const documents = createRunDocuments({ vscode, service, own, runs, files });
  const watch = own(watchRuns(context, runs));
  const actions = createActions({ context, documents, watch });
  const blockActions = createBlockActions(context, followEditors(context));
  const texts = own(createPlannedTexts(vscode));
  const deploymentActions = createDeploymentActions({ context, deployments, files, texts, watch });
  const pages = createPages(context);

  const { clearProblems } = registerCode({ context, runs, documents, files });
  registerCommands({ context, flows, documents, clearProblems });
  registerLinks(context);
  registerBlocks(context, flows);
  registerDeployments(context, files);
  registerViews(context, pages);
  registerDebug(context);
  registerStart(context);
  registerAutomations(context);
  registerStatus({ context, runs, service });
  keepWarm({ context, flows, service });
  keepRetention(context);
  keepContextKeys(context);

  const offer = (): void =>
    void offerTerminal({
      ...{ vscode, extension, log, home },
      ownHome: home !== homeFolder(),
      install: () => outside.installLauncher(home, node()),
    });
  own(
    onFirstMention(vscode, () => {
      flows.wake();
      service.watch();
      offer();
      void deployments.wake();
      outside.repairService(home).then(
        (state) => {
          if (state === "repaired")
            log.info("The unit that starts the service with the system was out of date: it is written again.");
        },
        (thrown: unknown) =>
          log.warn(`The unit that starts the service with the system could not be repaired: ${String(thrown)}`),
      );
      own(vscode.workspace.onDidGrantWorkspaceTrust(offer));
    }),
  );
  own(
    flows.onDidChange((changed) => {
      service.watch();
      const withFlows = changed.filter((uri) => flows.files.get(uri)?.flows.length);
      void runs.learn(withFlows.map((uri) => vscode.Uri.parse(uri).fsPath));
    }),
  );
  own(
    service.onDidChangeState((state) => {
      // Killed while a run goes on: nobody would tell of the run's end. One that somebody stopped stays stopped.
      const isGone = state === "stopped" && !service.wasStopped && vscode.workspace.isTrusted;
      if (isGone && runs.runs.some((run) => !isTerminal(run.state_type)))
        void outside.endedInOrder(home).then((inOrder) => {
          if (!inOrder && !service.wasStopped) service.client().catch(() => {});
        });
      if (state === "connected") void runs.learn([...flows.files.keys()].map((uri) => vscode.Uri.parse(uri).fsPath));
    }),
  );
  return context;
}

/** The setting `home`, else the profile, else what commands take too. */
function homeOf(chosen: string, profile: string, refuse: (thrown: unknown) => void): string {
  if (chosen !== "") return homeFolder({ MILLRACE_HOME: chosen });
  try {
    const place = chosenPlace(profile === "" ? {} : { profile });
    if (!isRemote(place)) return place;
    throw new MillraceError(
      "bad-usage",
      `The editor works with a home on this computer, and the Millrace profile is the orchestrator at ${place}. Choose another in the setting millrace.profile.`,
    );
  } catch (thrown) {
    refuse(thrown);
    return homeFolder();
  }
}

/** What menus and views ask for (`when` in package.json). */
function keepContextKeys({ vscode, runs, own }: Context): void {
  const set = (key: string, value: unknown): void =>
    void vscode.commands.executeCommand("setContext", `millrace.${key}`, value);
  for (const feature of features) set(`features.${feature}`, true);
  let live = false;
  own(
    runs.onDidChange(() => {
      const now = runs.runs.some((run) => !isTerminal(run.state_type));
      if (now !== live) set("hasLiveRuns", now);
      live = now;
    }),
  );
}
