/** The parameters of a debug session that nobody has given: none where none are needed, those of the last run, or asked for. */
import type { FlowTarget } from "../../runtime/protocol/language.ts";
import type { Context } from "../context.ts";
import { siteOf } from "../language/flow-model.ts";
import { CancelledByUser } from "../problems.ts";

export type Parameters = Readonly<Record<string, unknown>>;

/** @throws CancelledByUser */
export async function parametersFor(
  { vscode, flows, runs, log }: Pick<Context, "vscode" | "flows" | "runs" | "log">,
  target: FlowTarget,
): Promise<Parameters> {
  const site = siteOf(flows.files, target.uri, target.export, target.name);
  const required = (site?.parameters ?? []).filter((parameter) => parameter.required).map(({ name }) => name);
  if (required.length === 0) return {};
  const last = runs.lastRun(target);
  if (last !== undefined && required.every((name) => Object.hasOwn(last.parameters, name))) {
    log.info(`debugging ${target.name} with the parameters of its last run, ${last.name}`);
    return last.parameters;
  }
  const typed = await vscode.window.showInputBox({
    title: `Debug ${target.name}`,
    prompt: "Its parameters, as JSON",
    value: JSON.stringify(Object.fromEntries(required.map((name) => [name, null]))),
    ignoreFocusOut: true,
    validateInput: (text) => (readParameters(text) === undefined ? 'An object in JSON: {"name": "value"}' : undefined),
  });
  const parameters = typed === undefined ? undefined : readParameters(typed);
  if (parameters === undefined) throw new CancelledByUser();
  return parameters;
}

export function readParameters(text: string): Parameters | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    return { ...value };
  } catch {
    return undefined;
  }
}
