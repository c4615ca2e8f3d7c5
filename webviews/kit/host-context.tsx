/** The host in the editor, and what it tells unasked, for every component of a page. */
import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { type ComponentChildren, createContext, type VNode } from "preact";
import { useContext } from "preact/hooks";
import type { Surroundings } from "../../runtime/protocol/pages.ts";
import { type Announce, createAnnouncer } from "./announce.ts";
import { failureText } from "./failure.ts";
import type { Host } from "./host.ts";

export interface PageContext {
  readonly host: Host;
  readonly surroundings: ReadonlySignal<Surroundings>;
  /** Says it to a screen reader when it has finished what it is saying. */
  readonly announce: Announce;
  /** For what a click starts: when it fails, the page says why, in a note that stays until it is dismissed. */
  readonly attempt: (work: Promise<unknown>) => void;
}

/** Until the host has told: nothing is switched off that may turn out to be allowed, and nothing promised. */
const unknownSurroundings: Surroundings = {
  trusted: true,
  service: "connected",
  folders: [],
  profile: "",
  features: [],
};

const Context = createContext<PageContext | null>(null);

/** For pages that wire themselves; `startPage` does this and more. */
export function createPageContext(
  host: Host,
): PageContext & { readonly spoken: ReadonlySignal<string>; readonly failure: Signal<string | null> } {
  const surroundings = signal(host.known?.surroundings ?? unknownSurroundings);
  const spoken = signal("");
  const failure = signal<string | null>(null);
  host.onEvent((event) => {
    if (event.type === "surroundings") surroundings.value = event.surroundings;
  });
  const announce = createAnnouncer({
    say: (text) => {
      spoken.value = text;
    },
  });
  const attempt = (work: Promise<unknown>): void => {
    work.then(
      () => {
        failure.value = null;
      },
      (reason: unknown) => {
        failure.value = failureText(reason);
      },
    );
  };
  return { host, surroundings, announce, attempt, spoken, failure };
}

export function PageProvider(props: { readonly value: PageContext; readonly children: ComponentChildren }): VNode {
  return <Context.Provider value={props.value}>{props.children}</Context.Provider>;
}

export function usePage(): PageContext {
  const page = useContext(Context);
  if (page === null) throw new Error("This component stands outside of a page: wrap it in PageProvider.");
  return page;
}

export function useHost(): Host {
  return usePage().host;
}
