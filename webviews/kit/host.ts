/** The page's end of the conversation with its host in the editor (runtime/protocol/pages.ts). */
import type { ApiProblem } from "../../runtime/protocol/api.ts";
import type { FieldProblem } from "../../runtime/protocol/errors.ts";
import type {
  HostCallName,
  HostMessage,
  PageApi,
  PageCall,
  PageEvent,
  PageIdentity,
  PageKnown,
  PageMessage,
} from "../../runtime/protocol/pages.ts";
import { createFirstAnswer } from "./first-answer.ts";

/** These change nothing, so they may be asked twice; whether another call has arrived nobody knows. */
const mayRepeat = (message: PageMessage): boolean =>
  message.type === "api" || (message.type === "call" && message.name === "follow");

interface EditorApi {
  postMessage(message: PageMessage): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): EditorApi;

export interface Host {
  readonly identity: PageIdentity;
  /** For the first paint; what is asked for and told later is newer. */
  readonly known: PageKnown | null;
  readonly api: PageApi;
  readonly call: PageCall;
  /** Events that came before the first listener are kept for it. Gives the function that ends it. */
  onEvent(listener: (event: PageEvent) => void): () => void;
  setTitle(title: string, state?: string): void;
  /** Small things that survive a reload: the chosen tab, the scroll position. Identity is never among them. */
  readonly state: { get(): unknown; set(state: unknown): void };
}

/** The host refused or failed; the message is meant for the user. */
export class HostProblem extends Error {
  readonly code: string;
  readonly fields: readonly FieldProblem[];

  constructor(problem: ApiProblem) {
    super(problem.message);
    this.name = "HostProblem";
    this.code = problem.code;
    this.fields = problem.fields ?? [];
  }
}

export interface HostEvents {
  /** The page stands for something else now: what the earlier host asked for is not answered any more. */
  readonly onShown?: (host: Host) => void;
  /** Nobody has answered this page yet, for a while; `ask` asks at once. False once somebody has. */
  readonly onSilent?: (isSilent: boolean, ask: () => void) => void;
}

interface Waiting {
  readonly message: PageMessage;
  readonly resolve: (value: never) => void;
  readonly reject: (reason: HostProblem) => void;
}

/** Once per page: the editor gives its end out only once. */
export function connectHost({ onShown, onSilent }: HostEvents = {}): Host {
  const editor = acquireVsCodeApi();
  const root = document.querySelector<HTMLElement>("[data-identity]");
  const waiting = new Map<number, Waiting>();
  const listeners = new Set<(event: PageEvent) => void>();
  let early: PageEvent[] | undefined = [];
  // An answer to an earlier script of this page may still be under way: its number must mean nothing to this one.
  let last = Date.now();
  let ready: PageMessage = { type: "ready" };
  const first = createFirstAnswer({
    ask() {
      editor.postMessage(ready);
      for (const { message } of waiting.values()) if (mayRepeat(message)) editor.postMessage(message);
    },
    silent: (isSilent) => onSilent?.(isSilent, first.ask),
    later(milliseconds, callback) {
      const timer = setTimeout(callback, milliseconds);
      return () => clearTimeout(timer);
    },
  });

  window.addEventListener("message", ({ data }: MessageEvent<HostMessage>) => {
    first.heard();
    if (data.type === "event" || data.type === "events") {
      for (const event of data.type === "event" ? [data.event] : data.events) {
        if (event.type === "show") {
          show(event.identity, event.known);
          continue;
        }
        if (early !== undefined) early.push(event);
        else for (const listener of listeners) listener(event);
      }
      return;
    }
    const asked = waiting.get(data.id);
    waiting.delete(data.id);
    if (data.type === "answer") asked?.resolve(data.value as never);
    else asked?.reject(new HostProblem(data.problem));
  });

  function ask(made: (id: number) => PageMessage): Promise<never> {
    const id = ++last;
    const message = made(id);
    return new Promise<never>((resolve, reject) => {
      waiting.set(id, { message, resolve, reject });
      editor.postMessage(message);
    });
  }

  function begin(identity: PageIdentity, known: PageKnown | null): Host {
    ready = { type: "ready", script: ++last, identity };
    editor.postMessage(ready);
    first.expect();
    return {
      identity,
      known,
      api: (route, input) => ask((id) => ({ type: "api", id, route, input })),
      call: (name: HostCallName, input) => ask((id) => ({ type: "call", id, name, input })),
      onEvent(listener) {
        listeners.add(listener);
        const kept = early;
        early = undefined;
        for (const event of kept ?? []) listener(event);
        return () => listeners.delete(listener);
      },
      setTitle: (title, state) =>
        editor.postMessage({ type: "title", title, ...(state === undefined ? {} : { state }) }),
      state: { get: () => editor.getState(), set: (state) => editor.setState(state) },
    };
  }

  function show(identity: PageIdentity, known: PageKnown): void {
    waiting.clear();
    listeners.clear();
    early = [];
    onShown?.(begin(identity, known));
  }

  const { identity: text = "null", known = "null" } = root?.dataset ?? {};
  return begin(JSON.parse(text) as PageIdentity, JSON.parse(known) as PageKnown | null);
}
