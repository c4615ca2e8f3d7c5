/** What both test servers of Google's protocols do with requests, whatever the service. */
import type { IncomingMessage } from "node:http";

export interface PlannedFault {
  readonly operation: string;
  /** Requests of the operation that are hit. */
  readonly times: number;
  /** Requests of the operation that are let through before. */
  readonly after?: number;
}

/** Faults that hit the next requests of an operation. */
export function createFaults<Fault extends PlannedFault>() {
  const planned: { readonly fault: Fault; skip: number; left: number }[] = [];
  return {
    plan: (fault: Fault) => void planned.push({ fault, skip: fault.after ?? 0, left: fault.times }),
    /** The one that hits this request, and has hit it then. `concerns` looks further than at the operation. */
    take(operation: string, concerns: (fault: Fault) => boolean = () => true): Fault | undefined {
      const entry = planned.find(({ fault, left }) => left > 0 && fault.operation === operation && concerns(fault));
      if (entry === undefined) return undefined;
      if (entry.skip > 0) {
        entry.skip--;
        return undefined;
      }
      entry.left--;
      return entry.fault;
    },
  };
}

/** As requests are recorded: without the token. */
export function plainHeaders({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, name === "authorization" ? "Bearer …" : String(value)]),
  );
}

/** Takes a body that nobody needs: an answer amidst of it would be lost with the connection. */
export async function takeBody(request: IncomingMessage): Promise<void> {
  request.resume();
  await new Promise((resolve) => request.once("close", resolve).once("end", resolve));
}
