/** The routes of protocol/blocks.ts. */
import type { Orchestrator } from "../orchestrator.ts";
import { nothing, type Route, route } from "./router.ts";
import { accept, flag, integer, json, object, optional, record, text } from "./validate.ts";

export function blockRoutes({ blocks }: Orchestrator): readonly Route[] {
  const data = record(json);
  return [
    route("GET /api/block_types", nothing, () => ({ block_types: blocks.types.all() })),
    route("POST /api/block_types", object({ module: text, cwd: optional(text) }), async ({ body }) => ({
      block_types: await blocks.register(body.module, body.cwd),
    })),
    route("DELETE /api/block_types/:slug", nothing, async ({ params: { slug = "" } }) => {
      await blocks.removeType(slug);
      return {};
    }),
    route("GET /api/block_documents", nothing, () => ({ block_documents: blocks.list() })),
    route("GET /api/block_documents/:slug/:name", nothing, ({ params: { slug = "", name = "" } }) =>
      blocks.show(slug, name),
    ),
    route(
      "PUT /api/block_documents/:slug/:name",
      object({
        data,
        overwrite: optional(flag),
        if_version: optional(integer(0, Number.MAX_SAFE_INTEGER)),
        copy_of: optional(text),
      }),
      ({ params: { slug = "", name }, body }) => blocks.save(slug, accept(text, name), body),
    ),
    route("POST /api/block_documents/:slug/:name/rename", object({ name: text }), ({ params, body }) =>
      blocks.rename(params["slug"] ?? "", params["name"] ?? "", body.name),
    ),
    route(
      "DELETE /api/block_documents/:slug/:name",
      object({ force: optional(flag) }),
      async ({ params: { slug = "", name = "" }, body }) => {
        await blocks.remove(slug, name, body.force ?? false);
        return {};
      },
    ),
    route(
      "POST /api/blocks/:slug/test",
      object({ data, name: optional(text), cwd: optional(text) }),
      ({ params: { slug = "" }, body, signal }) =>
        blocks.test({ slug, data: body.data, name: body.name, cwd: body.cwd, signal }),
    ),
  ];
}
