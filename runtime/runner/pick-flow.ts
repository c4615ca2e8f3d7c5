import { MillraceError } from "../protocol/errors.ts";
import { didYouMean } from "../protocol/near-names.ts";
import type { FlowHandle } from "../protocol/sdk-runtime.ts";

/**
 * The flow that was asked for, by export or by name; the only one when none was asked for.
 * @param exports the module's: a flow may be exported under more names than it is listed with ("default")
 * @throws MillraceError "no-flow", "ambiguous-flow", "unknown-flow"
 */
export function pickFlow(
  handles: readonly FlowHandle[],
  wanted: string | undefined,
  file: string,
  exports: Readonly<Record<string, unknown>> = {},
): FlowHandle {
  const flows = distinct(handles);
  const [first] = flows;
  if (first === undefined) throw new MillraceError("no-flow", `${file} exports no flow. ${example}`);
  if (wanted === undefined) {
    if (flows.length === 1) return first;
    throw new MillraceError(
      "ambiguous-flow",
      `${file} has ${flows.length} flows and none was named; write ${file}:FLOW with one of ${list(flows)}`,
    );
  }
  const byExport =
    handles.find((handle) => handle.exportName === wanted) ?? flows.find((handle) => handle.flow === exports[wanted]);
  if (byExport !== undefined) return byExport;
  const byName = flows.filter((handle) => handle.name === wanted);
  if (byName.length === 1 && byName[0] !== undefined) return byName[0];
  if (byName.length > 1) {
    throw new MillraceError(
      "ambiguous-flow",
      `${file} has ${byName.length} flows with the name "${wanted}"; use the export: ${list(byName)}`,
    );
  }
  const names = flows.flatMap(({ name, exportName }) => [exportName, name]);
  throw new MillraceError(
    "unknown-flow",
    `${file} has no flow "${wanted}".${didYouMean(wanted, names)} It has ${list(flows)}`,
  );
}

const example = `A flow looks like this:

  import { flow } from "millrace";

  export const hello = flow({
    async run() {
      console.log("hello");
    },
  });`;

/** One entry per flow, however many names it is exported under; a name of its own goes before "default". */
function distinct(handles: readonly FlowHandle[]): FlowHandle[] {
  const byFlow = new Map<unknown, FlowHandle>();
  for (const handle of handles) {
    const known = byFlow.get(handle.flow);
    if (known === undefined || known.exportName === "default") byFlow.set(handle.flow, handle);
  }
  return [...byFlow.values()];
}

function list(flows: readonly FlowHandle[]): string {
  return flows
    .map(({ name, exportName }) => (name === exportName ? exportName : `${exportName} ("${name}")`))
    .join(", ");
}
