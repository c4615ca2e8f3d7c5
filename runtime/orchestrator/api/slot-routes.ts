/** Concurrency limits and their slots. */
import type { ConcurrencyLimit } from "../../protocol/api.ts";
import { MillraceError } from "../../protocol/errors.ts";
import type { LimitSetting } from "../index/store.ts";
import type { Orchestrator } from "../orchestrator.ts";
import { nothing, type Route, route } from "./router.ts";
import { slotBody } from "./slot-body.ts";
import { flag, integer, object, optional } from "./validate.ts";

export function slotRoutes({ core, slots, settings, live }: Orchestrator): readonly Route[] {
  const shown = (setting: LimitSetting): ConcurrencyLimit => ({ ...setting, active_slots: slots.active(setting.name) });
  return [
    route("GET /api/concurrency_limits", nothing, () => ({
      limits: [...core.system.facts.limits.values()].map(shown),
    })),
    route(
      "PUT /api/concurrency_limits/:name",
      object({ limit: integer(0, 1_000_000), active: optional(flag) }),
      async ({ params: { name = "" }, body }) => shown(await settings.putLimit(name, body.limit, body.active ?? true)),
    ),
    route("DELETE /api/concurrency_limits/:name", nothing, async ({ params: { name = "" } }) => {
      await settings.deleteLimit(name);
      return {};
    }),
    route("POST /api/slots", slotBody, async ({ body, signal }) => {
      live.look(body.run_id);
      if (!live.has(body.run_id)) {
        throw new MillraceError("conflict", `Slots are for live runs; ${body.run_id} is none that is known here.`);
      }
      return slots.acquire(body, body.wait_ms ?? 0, signal);
    }),
    route("DELETE /api/slots/:holder", nothing, ({ params: { holder = "" } }) => {
      slots.release(holder);
      return {};
    }),
  ];
}
