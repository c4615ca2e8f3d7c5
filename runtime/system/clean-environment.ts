/** Environments for the processes Millrace starts for itself, and for what user code sees. */

type Environment = Readonly<Record<string, string | undefined>>;

/** What an editor, a debugger or a test runner put there for its own processes, never for ours. */
const foreign =
  /^(VSCODE_|ELECTRON_|NODE_TEST_CONTEXT$|NODE_CHANNEL_FD$|NODE_UNIQUE_ID$|NODE_CHANNEL_SERIALIZATION_MODE$)/;
const nodeFlags = /^(NODE_OPTIONS|NODE_V8_COVERAGE|NODE_DEBUG|NODE_INSPECT_RESUME_ON_START)$/;

/** What user code sees: the environment without traces of the editor that started it. */
export function userEnvironment(environment: Environment = process.env): Record<string, string> {
  return pick(environment, (name) => !foreign.test(name));
}

/** For a helper process of ours: also without flags meant for the user's Node; under Electron it runs as Node. */
export function helperEnvironment(
  environment: Environment = process.env,
  electron: boolean = process.versions["electron"] !== undefined,
): Record<string, string> {
  const kept = pick(environment, (name) => !foreign.test(name) && !nodeFlags.test(name));
  return electron ? { ...kept, ELECTRON_RUN_AS_NODE: "1" } : kept;
}

function pick(environment: Environment, keep: (name: string) => boolean): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    // Windows treats names without regard to case; its own spelling is kept.
    if (value !== undefined && keep(name.toUpperCase())) picked[name] = value;
  }
  return picked;
}
