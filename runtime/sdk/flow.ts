import type { StandardSchemaV1 } from "@standard-schema/spec";
import { callSite } from "../engine/call-site.ts";
import { currentScope } from "../engine/context.ts";
import { compileFlow, type FlowDefinition, type FlowSettings } from "../engine/flow-definition.ts";
import { flowName } from "../engine/flow-records.ts";
import { makeDefinition } from "../engine/naming.ts";
import { standIn } from "../engine/subflow.ts";
import { callTask } from "../engine/task-call.ts";
import { markFlow, typed } from "./marks.ts";
import { runScript } from "./script-run.ts";
import type { Promised, SchemaInput, SchemaOutput } from "./types.ts";

/** A flow: call it and it is a run. In another flow it is a subflow run, in a plain script a recorded run of its own. */
export interface Flow<Input, Result> {
  /**
   * Runs the flow. Parameters are validated first: a bad value fails the run before any task, naming each field.
   *
   * @throws MillraceError "bad-parameters" with `fields`, or what the flow failed with.
   */
  (...parameters: FlowInputs<Input>): Promise<Awaited<Result>>;
  /** The option, or the name it is exported under. */
  readonly name: string;
}

/** Parameters may be left out when every one of them has a default. */
type FlowInputs<Input> = [Input] extends [undefined]
  ? []
  : Partial<Input> extends Input
    ? [parameters?: Promised<Input>]
    : [parameters: Promised<Input>];

export interface FlowOptions<Parameters, Result> extends FlowSettings {
  /** The flow's body. Parameters arrive validated, with defaults filled in. */
  run(parameters: Parameters): Result | PromiseLike<Result>;
}

/**
 * Defines a flow.
 *
 * @param options.parameters any Standard Schema (zod 4's `z.object({…})`, say): validates the parameters of a run and
 * gives the JSON Schema that draws its form.
 * @throws TypeError when an option makes no sense, naming it.
 * @example
 * export const etl = flow({
 *   name: "etl",
 *   parameters: z.object({ months: z.array(z.int().min(1).max(12)).default([1, 2]) }),
 *   async run({ months }) {
 *     for (const month of months) await load(await fetchTrips(month));
 *   },
 * });
 */
export function flow<Schema extends StandardSchemaV1, Result>(
  options: FlowOptions<SchemaOutput<Schema>, Result> & { readonly parameters: Schema },
): Flow<SchemaInput<Schema>, Result>;
export function flow<Result>(
  options: FlowOptions<void, Result> & { readonly parameters?: undefined; run(): Result | PromiseLike<Result> },
): Flow<undefined, Result>;
export function flow<Parameters, Result>(
  options: FlowOptions<Parameters, Result> & { readonly parameters?: undefined },
): Flow<Parameters, Result>;
export function flow(
  options: FlowOptions<never, unknown> & { readonly parameters?: StandardSchemaV1 | undefined },
): Flow<unknown, unknown> {
  if (typeof options?.run !== "function")
    throw new TypeError("flow: `run` must be a function: flow({ async run(…) {…} })");
  const place = callSite(flow);
  const named = makeDefinition("flow", options.name, options.run, place);
  const definition: FlowDefinition = Object.assign(named, {
    run: options.run,
    schema: options.parameters,
    settings: compileFlow(options, `flow "${options.name ?? options.run.name}"`),
  });
  checkSchema(options.parameters, definition);
  const standing = standIn(definition);
  const call = (parameters?: unknown): Promise<unknown> => {
    if (currentScope() === undefined) return runScript(definition, parameters);
    return callTask(standing, standing.settings, [parameters ?? {}], callSite(call));
  };
  Object.defineProperty(call, "name", { get: () => flowName(definition), configurable: true });
  return markFlow(typed<Flow<unknown, unknown>>(call), definition);
}

function checkSchema(schema: unknown, definition: FlowDefinition): void {
  if (schema === undefined) return;
  const holds =
    (typeof schema === "object" || typeof schema === "function") && schema !== null && "~standard" in schema;
  if (holds) return;
  const where = definition.place === undefined ? "" : ` (${definition.place.file}:${definition.place.line})`;
  throw new TypeError(`flow${where}: parameters must be a Standard Schema, such as z.object({ … })`);
}
