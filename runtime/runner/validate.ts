/**
 * The validating child: loads a module once, runs no flow, and checks parameters against its flows' own schemas for as
 * long as somebody asks.
 */
import path from "node:path";
import process from "node:process";
import type { FieldProblem } from "../protocol/errors.ts";
import { type ErrorCode, exitCodes, MillraceError, toError } from "../protocol/errors.ts";
import { distFolder } from "./dist-folder.ts";
import { findFlowFile } from "./flow-file.ts";
import { guardProcess } from "./guard.ts";
import { loadModule, loadSdk } from "./load-module.ts";
import { installLoader } from "./loader/install.ts";
import { pickFlow } from "./pick-flow.ts";
import { hideRunner } from "./user-view.ts";

export interface ValidateQuestion {
  readonly id: number;
  readonly flow?: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

export type ValidateAnswer =
  | { readonly id: number; readonly fields: readonly FieldProblem[] }
  | { readonly id: number; readonly code: ErrorCode; readonly message: string };

/** @param home where transforms are kept @param given the file @param snapshot its sources, where they are pinned */
export async function validateMain([home = "", given = "", snapshot]: readonly string[]): Promise<void> {
  process.once("disconnect", () => process.exit(exitCodes.completed));
  const send = process.send?.bind(process);
  // The channel is none of the user's module's business.
  delete process.send;
  const check = load(home, given, snapshot);
  check.catch(() => undefined);
  process.on("message", ({ id, flow, parameters }: ValidateQuestion) => {
    const say = (answer: ValidateAnswer): void => void send?.(answer);
    check
      .then((fieldsOf) => fieldsOf(flow, parameters))
      .then(
        (fields) => say({ id, fields }),
        (thrown: unknown) => {
          const code = thrown instanceof MillraceError ? thrown.code : "load-failed";
          say({ id, code, message: toError(thrown).message });
        },
      );
  });
}

type Check = (flow: string | undefined, parameters: ValidateQuestion["parameters"]) => Promise<readonly FieldProblem[]>;

async function load(home: string, given: string, snapshot: string | undefined): Promise<Check> {
  const dist = distFolder();
  const file = snapshot === undefined ? findFlowFile(given, process.cwd()) : given;
  hideRunner(file);
  process.env["MILLRACE_DESCRIBE"] = "1";
  const loader = installLoader({ home: path.resolve(home), dist });
  if (snapshot !== undefined) loader.pin(snapshot);
  const guard = guardProcess(file);
  const namespace = await loadModule(file, loader, guard.during);
  const runtime = await loadSdk(dist);
  // What the module started and left alone is no answer to a question.
  guard.handTo(() => true);
  return async (flow, parameters) => {
    const handle = pickFlow(runtime.listFlows(namespace), flow, file, namespace);
    return (await runtime.validate?.(handle, parameters)) ?? [];
  };
}
