/** What a page says when something that was clicked did not work. */
import { HostProblem } from "./host.ts";

/** Null for whoever changed their mind: they know. */
export function failureText(reason: unknown): string | null {
  if (reason instanceof HostProblem && reason.code === "cancelled") return null;
  return reason instanceof Error ? reason.message : String(reason);
}

/**
 * Calls of the host that nobody waits for (`void host.call(…)`) fail here, in sight. Faults of ours stay with the console.
 * @returns the function that ends it
 */
export function showForgotten(
  page: Pick<Window, "addEventListener" | "removeEventListener">,
  show: (text: string) => void,
): () => void {
  const told = (event: Pick<PromiseRejectionEvent, "reason" | "preventDefault">): void => {
    if (!(event.reason instanceof HostProblem)) return;
    event.preventDefault();
    const text = failureText(event.reason);
    if (text !== null) show(text);
  };
  page.addEventListener("unhandledrejection", told);
  return () => page.removeEventListener("unhandledrejection", told);
}
