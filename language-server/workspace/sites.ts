/** From facts about files to what the editor is told. */
import type {
  CallSite,
  FileFlows,
  FlowSite,
  ParameterSite,
  SiteRange,
  TaskSite,
} from "../../runtime/protocol/language.ts";
import type { DefinitionFact, FileFacts } from "../analysis/facts.ts";
import type { SchemaFact } from "../analysis/targets.ts";
import { kindOf, type Modules, resolve } from "./resolve.ts";

export function sitesOf(modules: Modules, file: FileFacts): FileFlows {
  const flows: FlowSite[] = [];
  const tasks: TaskSite[] = [];
  for (const definition of file.definitions) {
    const kind = definition.inFunction ? undefined : kindOf(modules, file, definition);
    if (kind === "flow") flows.push(flowSite(modules, file, definition));
    if (kind === "task") tasks.push(taskSite(definition));
  }
  // Those that are torn while one types in them are read last.
  flows.sort(byPlace);
  tasks.sort(byPlace);
  return { uri: file.uri, version: file.version, flows, tasks, calls: callSites(modules, file) };
}

function byPlace(a: { readonly range: SiteRange }, b: { readonly range: SiteRange }): number {
  return a.range.start.line - b.range.start.line || a.range.start.character - b.range.start.character;
}

export function flowSite(modules: Modules, file: FileFacts, definition: DefinitionFact): FlowSite {
  const fields = fieldsOf(modules, file, definition);
  return {
    name: labelOf(definition),
    export: definition.exports[0] ?? null,
    variable: definition.variable,
    range: definition.range,
    selection: definition.selection,
    body: definition.body,
    parameters: fields?.map(({ field, from }) => parameterSite(modules, from, field)) ?? [],
    parameters_complete: fields !== undefined,
    description: definition.description,
    tags: definition.tags,
  };
}

/** As the runner names it: the option, or the name it is exported under. */
export function labelOf({ name, exports, variable }: DefinitionFact): string {
  return name ?? exports[0] ?? variable ?? "flow";
}

type Field = SchemaFact & { readonly name: string };

function fieldsOf(
  modules: Modules,
  file: FileFacts,
  { parameters, parametersFrom }: DefinitionFact,
): { readonly field: Field; readonly from: FileFacts }[] | undefined {
  if (parameters !== null) return parameters.map((field) => ({ field, from: file }));
  if (parametersFrom === null) return undefined;
  const resolved = resolve(modules, file, parametersFrom);
  if (resolved?.kind !== "schema" || resolved.schema.fields === null) return undefined;
  const from = resolved.file;
  return resolved.schema.fields.map((field) => ({ field, from }));
}

function parameterSite(modules: Modules, file: FileFacts, field: Field): ParameterSite {
  const base = field.base === null ? undefined : resolve(modules, file, field.base);
  const known = base?.kind === "schema" ? base.schema : undefined;
  // What is applied to a list does not concern its items: `tripColor.array()` is required whatever a colour is.
  const own = known === undefined || field.suffix.startsWith("[]");
  return {
    name: field.name,
    type: known === undefined ? field.type + field.suffix : known.type + known.suffix + field.suffix,
    required: field.required && (own || known.required),
    default: field.default ?? (own ? null : known.default),
  };
}

function taskSite(definition: DefinitionFact): TaskSite {
  return {
    name: definition.name ?? definition.exports[0] ?? definition.variable ?? "task",
    export: definition.exports[0] ?? null,
    variable: definition.variable,
    range: definition.range,
    selection: definition.selection,
  };
}

function callSites(modules: Modules, file: FileFacts): CallSite[] {
  return file.calls.flatMap((call) => {
    const called = resolve(modules, file, call.callee);
    if (called?.kind !== "definition") return [];
    const callee = kindOf(modules, called.file, called.definition);
    if (callee === undefined) return [];
    const within = call.within === null ? undefined : file.definitions[call.within];
    const isFlow = within !== undefined && kindOf(modules, file, within) === "flow";
    return [
      {
        name: labelOf(called.definition),
        callee,
        form: call.form,
        range: call.range,
        flow: isFlow ? (within.exports[0] ?? within.variable) : null,
      },
    ];
  });
}
