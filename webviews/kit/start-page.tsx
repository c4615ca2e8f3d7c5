/** Every page begins here: connects to its host, draws, and says what is wrong when drawing fails. */
import "./theme.css";
import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { Component, type ComponentChildren, render, type VNode } from "preact";
import { showForgotten } from "./failure.ts";
import { connectHost, type Host } from "./host.ts";
import { createPageContext, type PageContext, PageProvider } from "./host-context.tsx";
import { Icon } from "./icon.tsx";
import { Banner } from "./notices.tsx";

/**
 * `draw` is called once for all that the page stands for, and is where a page listens to events of its host: by the time
 * effects run, the first ones have been told.
 * @param forget names of what the page keeps (kit/remembered.ts) about the one thing that it stood for
 */
export function startPage(draw: (host: Host, page: PageContext) => VNode, forget: readonly string[] = []): void {
  const root = document.querySelector("main");
  if (root === null) throw new Error("The page has no <main>.");
  let endForgotten = (): void => {};
  const silence = signal<(() => void) | null>(null);
  // What the HTML shows until now; Preact would take its elements for its own.
  root.replaceChildren();
  const begin = (host: Host): void => {
    const page = createPageContext(host);
    endForgotten();
    endForgotten = showForgotten(window, (text) => {
      page.failure.value = text;
    });
    const content = draw(host, page);
    render(
      <PageProvider value={page}>
        <Silence silence={silence} />
        <Boundary>{content}</Boundary>
        <Failure failure={page.failure} />
        <LiveRegion text={page.spoken} />
      </PageProvider>,
      root,
    );
  };
  begin(
    connectHost({
      onShown(host) {
        const kept = host.state.get();
        if (typeof kept === "object" && kept !== null)
          host.state.set(Object.fromEntries(Object.entries(kept).filter(([name]) => !forget.includes(name))));
        render(null, root);
        begin(host);
      },
      onSilent(isSilent, ask) {
        silence.value = isSilent ? ask : null;
      },
    }),
  );
}

/** The editor has not answered yet: what a page shows, or does not show, is then not for want of trying. */
function Silence({ silence }: { readonly silence: ReadonlySignal<(() => void) | null> }): VNode | null {
  const { value: ask } = silence;
  if (ask === null) return null;
  return (
    <div class="silence">
      <Banner kind="warning" actions={[{ title: "Ask Again", run: ask }]}>
        The editor has not answered this page yet. It may be busy: the page goes on as soon as it does.
      </Banner>
    </div>
  );
}

/** Why what was clicked did not work. */
function Failure({ failure }: { readonly failure: Signal<string | null> }): VNode | null {
  const { value: text } = failure;
  if (text === null) return null;
  const dismiss = () => {
    failure.value = null;
  };
  return (
    <div class="failure">
      <Banner kind="error" actions={[{ title: "Dismiss", run: dismiss }]}>
        {text}
      </Banner>
    </div>
  );
}

function LiveRegion({ text }: { readonly text: ReadonlySignal<string> }): VNode {
  return (
    <div class="visually-hidden" aria-live="polite" role="status">
      {text.value}
    </div>
  );
}

/** A fault of ours in one page must not leave it blank. */
class Boundary extends Component<{ readonly children: ComponentChildren }, { readonly thrown: Error | null }> {
  override state: { readonly thrown: Error | null } = { thrown: null };

  static override getDerivedStateFromError(thrown: unknown): { thrown: Error } {
    return { thrown: thrown instanceof Error ? thrown : new Error(String(thrown)) };
  }

  override componentDidCatch(thrown: unknown): void {
    console.error(thrown);
  }

  override render(): ComponentChildren {
    const { thrown } = this.state;
    if (thrown === null) return this.props.children;
    return (
      <div class="fault" role="alert">
        <p>
          <Icon name="error" class="state-failed" /> This page could not be drawn. Close it and open it again; if that
          does not help, please report the text below.
        </p>
        <pre>{thrown.stack ?? thrown.message}</pre>
      </div>
    );
  }
}
