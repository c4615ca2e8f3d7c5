/**
 * What runs of this worker ask of "their" orchestrator: the worker answers in its home, and asks the pool's in turn. While
 * the line is down nobody gets a slot; what is given back is given back when it is up again.
 */
import { setTimeout as pause } from "node:timers/promises";
import { nothing, type Route, route } from "../orchestrator/api/router.ts";
import { slotBody } from "../orchestrator/api/slot-body.ts";
import { flag, json, list, object, optional, text } from "../orchestrator/api/validate.ts";
import type { Health } from "../protocol/api.ts";
import type { Published } from "../protocol/published.ts";
import { isOutage, type Uplink } from "./uplink.ts";

export interface HomeRoutesOptions {
  readonly uplink: Uplink;
  readonly health: () => Health;
  readonly shutDown: (reason: string) => void;
  readonly publish: (published: Published) => Promise<void>;
}

export interface HomeRoutes {
  readonly routes: readonly Route[];
  /** Gives back what could not be given back while the line was down. */
  reconnect(): Promise<void>;
}

export function createHomeRoutes({ uplink, health, shutDown, publish }: HomeRoutesOptions): HomeRoutes {
  const owed = new Set<string>();

  async function giveBack(holder: string): Promise<void> {
    owed.add(holder);
    try {
      await uplink.ask("POST /api/workers/slots/release", { holder });
      owed.delete(holder);
    } catch (thrown) {
      if (!isOutage(thrown)) throw thrown;
    }
  }

  const routes = [
    route("GET /api/health", nothing, health),
    route("POST /api/shutdown", object({ drain: optional(flag), reason: optional(text) }), ({ body }) => {
      shutDown(body.reason ?? "asked to");
      return {};
    }),
    route("POST /api/slots", slotBody, async ({ body, signal }) => {
      const wait = body.wait_ms ?? 0;
      try {
        return await uplink.ask("POST /api/workers/slots", body, { signal, timeout_ms: wait + 15_000 });
      } catch (thrown) {
        if (!isOutage(thrown)) throw thrown;
        await pause(Math.min(wait, 2000), undefined, { signal }).catch(() => undefined);
        return { granted: false, waiting_for: body.names.join(", ") };
      }
    }),
    route("DELETE /api/slots/:holder", nothing, async ({ params: { holder = "" } }) => {
      await giveBack(holder);
      return {};
    }),
    route(
      "PUT /api/variables/:name",
      object({ value: json, tags: optional(list(text)) }),
      async ({ params: { name = "" }, body: { value, tags } }) => {
        const body = { name, value, ...(tags === undefined ? {} : { tags }) };
        const { published } = await uplink.ask("POST /api/workers/variables", body);
        await publish(published);
        return { name, value, tags: tags ?? [], updated: new Date().toISOString() };
      },
    ),
  ];
  return {
    routes,
    async reconnect() {
      await Promise.all([...owed].map(giveBack));
    },
  };
}
