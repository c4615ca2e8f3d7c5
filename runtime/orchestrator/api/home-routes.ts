/** The orchestrator itself, variables, and what the runner tells about files. */

import type { Orchestrator } from "../orchestrator.ts";
import { sourceFile } from "../runs/requests.ts";
import { nothing, type Route, route } from "./router.ts";
import { accept, flag, json, list, object, optional, record, text } from "./validate.ts";

export function homeRoutes(orchestrator: Orchestrator): readonly Route[] {
  const { core, settings, modules } = orchestrator;
  const fileBody = object<{ readonly file: string }>({ file: text });
  return [
    route("GET /api/health", nothing, () => orchestrator.health()),
    route("POST /api/shutdown", object({ drain: optional(flag), reason: optional(text) }), ({ body }) => {
      orchestrator.shutDown(body.reason ?? "asked to", { drain: body.drain ?? false });
      return {};
    }),
    route("POST /api/snapshot", nothing, async () => ({ seq: await orchestrator.snapshot() })),
    route("POST /api/describe", fileBody, ({ body }) => modules.describe(sourceFile(body))),
    route(
      "POST /api/validate",
      object({ file: text, flow: optional(text), parameters: record(json) }),
      async ({ body }) => {
        const fields = await modules.validate(sourceFile(body), body.flow, body.parameters);
        return { valid: fields.length === 0, fields };
      },
    ),
    route("POST /api/prepare", fileBody, ({ body }) => modules.prepare(sourceFile(body))),
    route("GET /api/variables", nothing, () => ({ variables: [...core.system.facts.variables.values()] })),
    route("PUT /api/variables/:name", object({ value: json, tags: optional(list(text)) }), ({ params, body }) =>
      settings.putVariable(accept(text, params["name"]), body.value, body.tags ?? []),
    ),
    route("DELETE /api/variables/:name", nothing, async ({ params: { name = "" } }) => {
      await settings.deleteVariable(name);
      return {};
    }),
  ];
}
