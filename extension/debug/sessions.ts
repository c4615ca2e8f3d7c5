/** Follows our debug sessions: shows the run's page once there is a run, and says why there is none. */
import { existsSync } from "node:fs";
import type * as Vscode from "vscode";
import type { FlowRun } from "../../runtime/protocol/api.ts";
import { MillraceError } from "../../runtime/protocol/errors.ts";
import { homePaths } from "../../runtime/protocol/home.ts";
import { isTerminal } from "../../runtime/protocol/states.ts";
import type { Context } from "../context.ts";
import { runOfSession } from "./configuration.ts";

/** Characters of what a session wrote as errors that are kept. */
const keptOutput = 4000;

export function followSessions(context: Context): void {
  const { vscode, service, settings, own } = context;
  /** Runs whose program has been seen to start: a second time is "Restart", whose run has another id. */
  const seen = new Set<string>();
  const errors = new Map<string, string>();
  /** What still waits for its run to begin, by the session's run. */
  const waiting = new Map<string, Vscode.Disposable>();

  function begun(session: Vscode.DebugSession): void {
    const id = runOfSession(session);
    if (id === undefined) return;
    // The debugger has a session for the launch, and below it one for the program, which "Restart" starts anew.
    const isProgram = session.parentSession !== undefined;
    const restarted = seen.has(id);
    if (isProgram) seen.add(id);
    if (isProgram !== restarted) return;
    errors.delete(id);
    const known = new Set(context.runs.runs.map((run) => run.id));
    const isOurs = (run: FlowRun): boolean =>
      restarted ? run.created_by === "debug" && !known.has(run.id) && !isTerminal(run.state_type) : run.id === id;
    if (settings.get("run.openPage") === "always") showWhenBegun(id, isOurs);
    // For the page, and for whoever looks at the list: the run itself needs nobody.
    service.client().catch((thrown: unknown) => context.log.warn(`debugging without the service: ${String(thrown)}`));
  }

  /** A page that is opened sooner would say that there is no such run. */
  function showWhenBegun(id: string, isOurs: (run: FlowRun) => boolean): void {
    const show = (run: FlowRun): void => {
      forget(id);
      context.pages
        .openRun(run.id, { title: run.flow_name })
        .catch((thrown: unknown) => context.report(thrown, "Opening the run"));
    };
    const listeners = [
      service.onEvent((event) => {
        if (event.type === "flow-run" && isOurs(event.flow_run)) show(event.flow_run);
      }),
      // What began before we were connected is read, not told.
      context.runs.onDidChange(() => {
        const run = context.runs.runs.find(isOurs);
        if (run !== undefined) show(run);
      }),
    ];
    forget(id);
    waiting.set(id, vscode.Disposable.from(...listeners));
  }

  function forget(id: string): void {
    waiting.get(id)?.dispose();
    waiting.delete(id);
  }

  function ended(session: Vscode.DebugSession): void {
    const id = session.parentSession === undefined ? runOfSession(session) : undefined;
    if (id === undefined) return;
    // The rest (the lines around the place) stands in the Debug Console.
    const said = errors.get(id)?.trim().split("\n")[0] ?? "";
    errors.delete(id);
    if (existsSync(homePaths.run(service.home, id))) return;
    forget(id);
    if (said !== "") context.report(new MillraceError("load-failed", said), `${session.name} did not start`);
  }

  const tracker: Vscode.DebugAdapterTrackerFactory = {
    createDebugAdapterTracker(session) {
      const id = runOfSession(session);
      if (id === undefined) return undefined;
      return {
        onDidSendMessage(message: unknown) {
          const text = errorOutput(message);
          if (text !== undefined) errors.set(id, `${errors.get(id) ?? ""}${text}`.slice(-keptOutput));
        },
      };
    },
  };
  for (const type of ["node", "pwa-node"]) own(vscode.debug.registerDebugAdapterTrackerFactory(type, tracker));
  own(vscode.debug.onDidStartDebugSession(begun));
  own(vscode.debug.onDidTerminateDebugSession(ended));
  own({ dispose: () => [...waiting.keys()].forEach(forget) });
}

/** The text of an `output` event of the Debug Adapter Protocol that is an error. */
function errorOutput(message: unknown): string | undefined {
  if (typeof message !== "object" || message === null || !("event" in message) || message.event !== "output") return;
  const body: unknown = "body" in message ? message.body : undefined;
  if (typeof body !== "object" || body === null || !("category" in body) || body.category !== "stderr") return;
  return "output" in body && typeof body.output === "string" ? body.output : undefined;
}
