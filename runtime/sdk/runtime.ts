import { captureOutput } from "../engine/capture.ts";
import { shared } from "../engine/context.ts";
import { failRuns } from "../engine/execute.ts";
import { flowName } from "../engine/flow-records.ts";
import { jsonSchema, requiredOf, validate } from "../engine/schema.ts";
import { loadChecksum } from "../journal/crc32.ts";
import { MillraceError } from "../protocol/errors.ts";
import type { FlowHandle, SdkRuntime } from "../protocol/sdk-runtime.ts";
import { loadHashing } from "../protocol/sha256.ts";
import { millraceVersion } from "../protocol/version.ts";
import { flowOf, taskOf } from "./marks.ts";
import { executeOnDisk } from "./script-run.ts";
import { taskAgain } from "./task-again.ts";

/** The seam to the runner (protocol/sdk-runtime.ts). */
export const runtime: SdkRuntime = {
  version: millraceVersion,
  listFlows(moduleNamespace) {
    const handles = new Map<unknown, FlowHandle>();
    for (const [exportName, value] of exportsOf(moduleNamespace)) {
      const task = taskOf(value);
      if (task !== undefined) task.exportName ??= exportName;
      const flow = flowOf(value);
      if (flow === undefined) continue;
      // A flow exported twice is one flow; a name says more than "default".
      if (handles.has(value) && exportName === "default") continue;
      if (flow.exportName === undefined || flow.exportName === "default") flow.exportName = exportName;
      handles.set(value, { name: flowName(flow), exportName, flow: value });
    }
    return [...handles.values()];
  },
  describe(handle, file) {
    const flow = definitionOf(handle);
    const parameters = jsonSchema(flow.schema);
    return {
      name: flowName(flow),
      export: handle.exportName,
      file,
      ...(flow.place === undefined ? {} : { line: flow.place.line }),
      parameters,
      required: requiredOf(parameters),
      tags: flow.settings.tags,
      ...(flow.settings.description === undefined ? {} : { description: flow.settings.description }),
    };
  },
  noteTasks: () => {
    shared.madeTasks ??= [];
  },
  taskAgain,
  async validate(handle, parameters) {
    const flow = definitionOf(handle);
    if (flow.schema === undefined) return [];
    try {
      await validate(flow.schema, parameters, `parameters of flow "${flowName(flow)}"`);
      return [];
    } catch (error) {
      if (error instanceof MillraceError && error.code === "bad-parameters") return error.fields;
      throw error;
    }
  },
  execute(handle, request) {
    const flow = definitionOf(handle);
    // One task called again is exported under no name.
    if (handle.exportName !== "") flow.exportName ??= handle.exportName;
    return executeOnDisk(flow, request);
  },
  async preload() {
    loadHashing();
    loadChecksum();
    process.getBuiltinModule("node:net");
    await import("../engine/host/open-host.ts");
  },
  failRuns,
  captureOutput,
};

/** Own exports, and those inside a CommonJS module's `default`. */
function exportsOf(moduleNamespace: Readonly<Record<string, unknown>>): readonly (readonly [string, unknown])[] {
  const own = Object.entries(moduleNamespace);
  const inner = moduleNamespace["default"];
  const isHolder = typeof inner === "object" && inner !== null && flowOf(inner) === undefined;
  return isHolder ? [...own, ...Object.entries(inner)] : own;
}

function definitionOf(handle: FlowHandle) {
  const flow = flowOf(handle.flow);
  if (flow === undefined) throw new MillraceError("internal", `export "${handle.exportName}" is not a flow`);
  return flow;
}
