import type { VNode } from "preact";
import { stateNames } from "../../runtime/protocol/states.ts";
import { formatCount } from "../kit/format.ts";
import { usePage } from "../kit/host-context.tsx";
import { Icon } from "../kit/icon.tsx";
import { stateLook } from "../kit/state-look.ts";
import { Dropdown, TextField } from "../kit/toolkit.ts";
import { spanLabel } from "./buckets.ts";
import { countOf, stateGroups, timeRanges, toggleState } from "./filters.ts";
import { flowChoices, flowKey } from "./flow-choices.ts";
import type { HistoryStore } from "./history-store.ts";

export function FilterBar({ store }: { readonly store: HistoryStore }): VNode {
  const { surroundings } = usePage();
  const choice = store.choice.value;
  const { folders } = surroundings.value;
  const flows = flowChoices(store.flows.value, choice.flow, choice.everywhere ? [] : folders);
  return (
    <search class="history-filters">
      <div class="history-text">
        <TextField
          label="Filter runs by text"
          icon="search"
          placeholder="Name, flow or parameter"
          value={choice.text}
          onChange={(text) => {
            store.choice.value = { ...choice, text };
          }}
        />
      </div>
      <div class="history-flow">
        <Dropdown
          label="Flow"
          value={flowKey(choice.flow)}
          choices={flows.map(({ value, label }) => ({ value, label }))}
          onChange={(value) => {
            const flow = flows.find((candidate) => candidate.value === value)?.flow ?? null;
            store.choice.value = { ...choice, flow };
          }}
        />
      </div>
      <div class="history-range">
        <Dropdown
          label="Time"
          value={choice.range}
          choices={timeRanges.map(({ key, label }) => ({ value: key, label }))}
          onChange={(value) => {
            const range = timeRanges.find(({ key }) => key === value)?.key ?? "all";
            store.choice.value = { ...choice, range, span: null };
          }}
        />
      </div>
      {folders.length === 0 ? null : (
        <div class="history-scope" role="radiogroup" aria-label="Folders">
          <Scope label="This workspace" chosen={!choice.everywhere} choose={() => setEverywhere(false)} />
          <Scope label="All folders" chosen={choice.everywhere} choose={() => setEverywhere(true)} />
        </div>
      )}
    </search>
  );

  function setEverywhere(everywhere: boolean): void {
    store.choice.value = { ...store.choice.peek(), everywhere };
  }
}

function Scope(props: { readonly label: string; readonly chosen: boolean; readonly choose: () => void }): VNode {
  return (
    <label class={props.chosen ? "chosen" : ""}>
      <input type="radio" name="scope" class="visually-hidden" checked={props.chosen} onChange={props.choose} />
      {props.label}
    </label>
  );
}

/** One switch per state, with how many runs are in it: the chart's legend as well. */
export function StateSwitches({ store }: { readonly store: HistoryStore }): VNode {
  const choice = store.choice.value;
  const counts = store.history.value?.counts ?? {};
  const { span } = choice;
  return (
    <fieldset class="history-states">
      <legend class="visually-hidden">States</legend>
      {stateGroups.map(({ key, label, types }) => {
        const count = countOf(key, counts);
        const pressed = choice.states.includes(key);
        if (count === 0 && !pressed) return null;
        const { icon, tone } = stateLook(types[0], stateNames[types[0]][0]);
        return (
          <button
            key={key}
            type="button"
            class="history-switch"
            aria-pressed={pressed ? "true" : "false"}
            title={pressed ? `Show other states too` : `Show only ${label.toLowerCase()} runs`}
            onClick={() => {
              store.choice.value = toggleState(choice, key);
            }}
          >
            <Icon name={icon} class={tone} />
            {label}
            <span class="muted numeric">{formatCount(count)}</span>
          </button>
        );
      })}
      {span === null ? null : (
        <button
          type="button"
          class="history-switch"
          aria-pressed="true"
          title="Show the whole time again"
          onClick={() => {
            store.choice.value = { ...choice, span: null };
          }}
        >
          <Icon name="calendar" />
          {spanLabel(span)}
          <Icon name="close" label="Remove" />
        </button>
      )}
    </fieldset>
  );
}
