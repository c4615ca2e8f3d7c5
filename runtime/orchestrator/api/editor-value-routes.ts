/** Previews of parameters, inputs, results and artifacts. */
import type { ValueSource } from "../../protocol/editor-api.ts";
import { homePaths } from "../../protocol/home.ts";
import type { Orchestrator } from "../orchestrator.ts";
import { createPreviews } from "../preview/previews.ts";
import { findValue, ownerOf } from "../preview/value-source.ts";
import { findRoot } from "../runs/find.ts";
import { type Route, route } from "./router.ts";
import { type Check, integer, object, oneOf, optional, text } from "./validate.ts";

const ofFlowRun = object({ of: oneOf(["parameters", "result"]), flow_run_id: text });
const ofTaskRun = object({ of: oneOf(["inputs", "result"]), task_run_id: text });
const ofArtifact = object({ of: oneOf(["artifact"]), flow_run_id: text, artifact_id: text });

const sourceBody: Check<ValueSource> = (value, path) => {
  const kind = typeof value === "object" && value !== null ? Reflect.get(value, "of") : undefined;
  if (kind === "artifact") return ofArtifact(value, path);
  const isTask = typeof value === "object" && value !== null && "task_run_id" in value;
  return isTask ? ofTaskRun(value, path) : ofFlowRun(value, path);
};

const defaultRows = 200;

export function editorValueRoutes({ core: { home, store }, views }: Orchestrator): readonly Route[] {
  const previews = createPreviews();
  return [
    route(
      "POST /api/values/preview",
      object({
        source: sourceBody,
        offset: optional(integer(0, Number.MAX_SAFE_INTEGER)),
        limit: optional(integer(1, 1000)),
      }),
      async ({ body: { source, offset = 0, limit = defaultRows } }) => {
        const owner = ownerOf(source);
        const root = await findRoot(store, owner);
        const [view, run, rootRun] = await Promise.all([views.of(owner), store.flowRun(owner), store.flowRun(root)]);
        return previews.make({
          ...findValue(view, run, source),
          folder: homePaths.run(home, root),
          cwd: rootRun?.cwd ?? null,
          isInputs: source.of === "inputs",
          offset,
          limit,
        });
      },
    ),
  ];
}
