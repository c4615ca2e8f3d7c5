/** What VS Code's JavaScript debugger is told to start. Pure. */
import type * as Vscode from "vscode";
import { type DebugRequest, debugRequestVariable, encodeDebugRequest } from "../../runtime/protocol/debugging.ts";

export interface DebugLaunch {
  readonly request: DebugRequest;
  /** Shown in the debugger's list of sessions. */
  readonly name: string;
  /** Folder of the installed runtime. */
  readonly runtime: string;
  readonly node: string;
  /** `node` is the editor's own program. */
  readonly electron: boolean;
  /** Null takes a variable away. */
  readonly env?: Readonly<Record<string, string | null>>;
  readonly stopOnEntry?: boolean;
  readonly skipFiles?: readonly string[];
}

/** Field of the configuration by which a session is known as ours. */
export const runField = "millraceRun";

export function nodeConfiguration(launch: DebugLaunch): Vscode.DebugConfiguration {
  const { request, runtime } = launch;
  const own = forGlob(runtime);
  return {
    type: "node",
    request: "launch",
    name: launch.name,
    program: `${runtime}/millrace.cjs`,
    args: ["__runner", "debug"],
    cwd: request.cwd,
    runtimeExecutable: launch.node,
    env: {
      ...launch.env,
      ELECTRON_RUN_AS_NODE: launch.electron ? "1" : null,
      [debugRequestVariable]: encodeDebugRequest(request),
    },
    console: "internalConsole",
    internalConsoleOptions: "neverOpen",
    skipFiles: ["<node_internals>/**", `${own}/**`, ...(launch.skipFiles ?? [])],
    // The modules carry their maps with them; those of a build that lies in the workspace would mislead.
    outFiles: [],
    resolveSourceMapLocations: ["**", "!**/node_modules/**"],
    // Helpers that the run starts are no programs of the user's.
    autoAttachChildProcesses: false,
    // It would run the user's code with an experimental flag of Node's.
    experimentalNetworking: "off",
    ...(launch.stopOnEntry === true ? { stopOnEntry: request.file } : {}),
    [runField]: request.run_id,
  };
}

/** The run that a session was started for, if it is one of ours. */
export function runOfSession(session: Vscode.DebugSession): string | undefined {
  const own: unknown = session.configuration[runField];
  if (typeof own === "string") return own;
  return session.parentSession === undefined ? undefined : runOfSession(session.parentSession);
}

function forGlob(folder: string): string {
  return folder.replaceAll("\\", "/").replace(/[[\]{}()*?!]/g, "?");
}
