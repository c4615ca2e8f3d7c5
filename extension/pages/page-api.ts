/** What a page may ask of the orchestrator, and when that may start one. */

import type { RouteName } from "../../runtime/protocol/api.ts";
import { MillraceError } from "../../runtime/protocol/errors.ts";
import { type PageIdentity, type PageRoute, pageRoutes } from "../../runtime/protocol/pages.ts";
import type { Context } from "../context.ts";
import { NotTrusted } from "../problems.ts";

/** A client, as far as what a page sends is known: the orchestrator checks it. */
interface UncheckedClient {
  request(name: RouteName, input: Readonly<Record<string, unknown>>): Promise<unknown>;
}

/** These load the user's module in a runner. */
const loadsCode: ReadonlySet<PageRoute> = new Set<PageRoute>(["POST /api/describe", "POST /api/validate"]);

/** @throws MillraceError when the route is none for pages, NotTrusted where code of the workspace would be loaded. */
export async function askApi(
  { vscode, service }: Pick<Context, "vscode" | "service">,
  page: PageIdentity["page"],
  route: string,
  input: unknown,
): Promise<unknown> {
  if (!isPageRoute(route)) throw new MillraceError("unauthorized", `A page may not ask for ${route}.`);
  if (loadsCode.has(route) && !vscode.workspace.isTrusted) throw new NotTrusted("Reading the parameters of a flow");
  const mayStart = (startsService(page) || loadsCode.has(route)) && service.wasStopped !== true;
  const client: UncheckedClient | undefined = mayStart ? await service.client() : await service.existing();
  if (client === undefined) {
    throw new MillraceError("not-answering", "The Millrace service is not running. It starts with the next run.");
  }
  const { params, body } = isRecord(input) ? input : {};
  return client.request(route, {
    ...(params === undefined ? {} : { params }),
    ...(body === undefined ? {} : { body }),
  });
}

/** Pages that someone has opened to read need data; what stands in the sidebar only looks. */
export function startsService(page: PageIdentity["page"]): boolean {
  return page === "run" || page === "history" || page === "block" || page === "deployment";
}

function isPageRoute(route: string): route is PageRoute {
  const routes: readonly string[] = pageRoutes;
  return routes.includes(route);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
