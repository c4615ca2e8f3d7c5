/** A connection to one home's orchestrator. Made by `connect` and `connectOrStart`. */
import type { Agent } from "node:http";
import type { Health, RouteName, RouteWithoutInput } from "../protocol/api.ts";
import { type Address, type Answer, type RemoteAddress, type RequestOptions, routeAddress, send } from "./request.ts";
import { type SubscribeOptions, type Subscription, subscribe } from "./subscribe.ts";

export interface Client {
  readonly home: string;
  /** What the orchestrator said of itself when the connection was made. */
  readonly health: Health;
  /** The orchestrator is older than this client: new requests may be unknown to it. */
  readonly outdated: boolean;
  /** @throws MillraceError as the orchestrator gave it, or "not-answering". */
  request<Name extends RouteName>(name: Name, options: RequestOptions<Name>): Promise<Answer<Name>>;
  request<Name extends RouteWithoutInput>(name: Name): Promise<Answer<Name>>;
  /** Live changes. Survives a restart of the orchestrator; never starts one. */
  subscribe(options: SubscribeOptions): Subscription;
  /** Ends idle connections and subscriptions. Requests under way are still answered. */
  close(): void;
}

export interface ClientOptions {
  readonly home: string;
  readonly address: Address | RemoteAddress;
  readonly health: Health;
  readonly outdated: boolean;
  readonly agent: Agent;
  /** Where the home's orchestrator is now; asked again when it does not answer at the old address. */
  readonly findAddress: () => Promise<Address | RemoteAddress | undefined>;
}

export function createClient({ home, address, health, outdated, agent, findAddress }: ClientOptions): Client {
  const subscriptions = new Set<Subscription>();
  return {
    home,
    health,
    outdated,
    async request<Name extends RouteName>(name: Name, options?: RequestOptions<Name>): Promise<Answer<Name>> {
      const { params, body, signal, timeout_ms } = options ?? {};
      return send<Answer<Name>>(address, {
        ...routeAddress(name, params),
        agent,
        ...(body === undefined ? {} : { body }),
        ...(signal === undefined ? {} : { signal }),
        ...(timeout_ms === undefined ? {} : { timeout_ms }),
      });
    },
    subscribe(options) {
      const subscription = subscribe(findAddress, options);
      subscriptions.add(subscription);
      return subscription;
    },
    close() {
      for (const subscription of subscriptions) subscription.close();
      agent.destroy();
    },
  };
}
