/** What the history says around its list: what to know, why it is empty, how much of it is shown. */
import type { VNode } from "preact";
import { formatCount, formatPlural } from "../kit/format.ts";
import { usePage } from "../kit/host-context.tsx";
import { type Action, Banner, EmptyState } from "../kit/notices.tsx";
import { countOf, isFiltered, stateGroups, withoutFilters } from "./filters.ts";
import type { HistoryStore } from "./history-store.ts";

export function Notices({ store }: { readonly store: HistoryStore }): VNode | null {
  const { host, surroundings, attempt } = usePage();
  const { service, trusted } = surroundings.value;
  const { value: problem } = store.problem;
  const command = (name: "startService" | "trust") => () => attempt(host.call("command", { command: name }));
  const notices: VNode[] = [];
  if (service === "waiting") {
    notices.push(
      <Banner key="service" kind="info">
        Live updates are lost, reconnecting. Runs that are under way go on.
      </Banner>,
    );
  } else if (service === "stopped") {
    notices.push(
      <Banner key="service" kind="info" actions={[{ title: "Start it", run: command("startService") }]}>
        The Millrace service is not running: this list does not change by itself.
      </Banner>,
    );
  }
  if (problem !== null) {
    notices.push(
      <Banner key="problem" kind="error" actions={[{ title: "Try again", run: store.reload }]}>
        The runs could not be read: {problem}
      </Banner>,
    );
  }
  if (!trusted) {
    notices.push(
      <Banner key="trust" kind="info" actions={[{ title: "Manage Workspace Trust", run: command("trust") }]}>
        This folder is not trusted: its runs can be read, not started.
      </Banner>,
    );
  }
  return notices.length === 0 ? null : <div class="history-notices">{notices}</div>;
}

/** An empty list, and the way out. */
export function Nothing({ store }: { readonly store: HistoryStore }): VNode {
  const { host, surroundings, attempt } = usePage();
  const choice = store.choice.value;
  const { folders, trusted } = surroundings.value;
  const elsewhere: readonly Action[] =
    choice.everywhere || folders.length === 0 || choice.flow?.file !== undefined
      ? []
      : [
          {
            title: "Show runs of all folders",
            run: () => {
              store.choice.value = { ...store.choice.peek(), everywhere: true };
            },
          },
        ];
  if (isFiltered(choice)) {
    const clear = {
      title: "Clear filters",
      run: () => {
        store.choice.value = withoutFilters(store.choice.peek());
      },
    };
    return (
      <EmptyState centred actions={[clear, ...elsewhere]}>
        No run matches these filters.
      </EmptyState>
    );
  }
  const begin: readonly Action[] = trusted
    ? [{ title: "New flow", run: () => attempt(host.call("command", { command: "newFlow" })) }]
    : [];
  return (
    <EmptyState centred actions={[...begin, ...elsewhere]}>
      {choice.everywhere || folders.length === 0 ? "No runs yet." : "No runs in this workspace yet."} Press Run above a
      flow in your code, or type <code>millrace run FILE</code> in the terminal.
    </EmptyState>
  );
}

export function Footer({ store, shown }: { readonly store: HistoryStore; readonly shown: boolean }): VNode | null {
  if (!shown) return null;
  const { runs, cursor } = store.list.value;
  const counts = store.history.value?.counts;
  const { states, span } = store.choice.value;
  const groups = states.length === 0 ? stateGroups.map(({ key }) => key) : states;
  const total =
    counts === undefined || span !== null ? undefined : groups.reduce((sum, group) => sum + countOf(group, counts), 0);
  const text =
    cursor === null
      ? formatPlural(runs.length, "run")
      : total === undefined || total < runs.length
        ? `${formatPlural(runs.length, "run")}, more below`
        : `${formatPlural(runs.length, "run")} of ${formatCount(total)}`;
  return (
    <div class="history-footer muted numeric" role="status">
      {text}
      {store.reading.value ? " · reading…" : ""}
    </div>
  );
}
