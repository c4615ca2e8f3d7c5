/** Follows our debug sessions: shows the run's page, and says why there is no run when there is none. */
import { existsSync } from "node:fs";
import type * as Vscode from "vscode";
import { MillraceError } from "../../runtime/protocol/errors.ts";
import { homePaths } from "../../runtime/protocol/home.ts";
import { isTerminal } from "../../runtime/protocol/states.ts";
import type { Context } from "../context.ts";
import { runOfSession } from "./configuration.ts";

/** Bytes of what a session wrote as errors that are kept. */
const keptOutput = 4000;

export function followSessions(context: Context): void {
  const { vscode, service, pages, settings, own } = context;
  /** Runs whose session has been seen: a second one is "Restart", whose run has another id. */
  const seen = new Set<string>();
  const errors = new Map<string, string>();

  const begun = (session: Vscode.DebugSession): void => {
    const run = session.parentSession === undefined ? runOfSession(session) : undefined;
    if (run === undefined) return;
    errors.delete(run);
    // For the page, and for whoever looks at the list: the run itself needs nobody.
    service.client().catch((thrown: unknown) => context.log.warn(`debugging without the service: ${String(thrown)}`));
    if (settings.get("run.openPage") !== "always") return;
    const show = (id: string): void => {
      pages
        .openRun(id, { title: session.name.replace(/^Millrace: /, "") })
        .catch((thrown: unknown) => context.report(thrown, "Opening the run"));
    };
    if (!seen.has(run)) show(run);
    else showNext(show);
    seen.add(run);
  };

  /** The next run that a debugger starts. */
  function showNext(show: (id: string) => void): void {
    const known = new Set(context.runs.runs.map(({ id }) => id));
    const listener = service.onEvent((event) => {
      if (event.type !== "flow-run") return;
      const { id, created_by, state_type } = event.flow_run;
      if (created_by !== "debug" || known.has(id) || isTerminal(state_type)) return;
      listener.dispose();
      show(id);
    });
    setTimeout(() => listener.dispose(), 10_000).unref?.();
  }

  const ended = (session: Vscode.DebugSession): void => {
    const run = session.parentSession === undefined ? runOfSession(session) : undefined;
    if (run === undefined) return;
    const said = errors.get(run)?.trim();
    errors.delete(run);
    if (said === undefined || said === "" || existsSync(homePaths.run(service.home, run))) return;
    context.report(new MillraceError("load-failed", said), `${session.name} did not start`);
  };

  const tracker: Vscode.DebugAdapterTrackerFactory = {
    createDebugAdapterTracker(session) {
      const run = runOfSession(session);
      if (run === undefined) return undefined;
      return {
        onDidSendMessage(message: unknown) {
          const text = errorOutput(message);
          if (text !== undefined) errors.set(run, `${errors.get(run) ?? ""}${text}`.slice(-keptOutput));
        },
      };
    },
  };
  for (const type of ["node", "pwa-node"]) own(vscode.debug.registerDebugAdapterTrackerFactory(type, tracker));
  own(vscode.debug.onDidStartDebugSession(begun));
  own(vscode.debug.onDidTerminateDebugSession(ended));
}

/** The text of an `output` event of the Debug Adapter Protocol that is an error. */
function errorOutput(message: unknown): string | undefined {
  if (typeof message !== "object" || message === null || !("event" in message) || message.event !== "output") return;
  const body: unknown = "body" in message ? message.body : undefined;
  if (typeof body !== "object" || body === null || !("category" in body) || body.category !== "stderr") return;
  return "output" in body && typeof body.output === "string" ? body.output : undefined;
}
