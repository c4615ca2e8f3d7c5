/** All parts of the kit on one page, to look at them in each theme. */
import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { stateNames, stateTypes } from "../../runtime/protocol/states.ts";
import { CopyButton } from "../kit/copy-button.tsx";
import { KeyHint } from "../kit/key-hint.tsx";
import { Link } from "../kit/link.tsx";
import { Banner, EmptyState, Skeleton } from "../kit/notices.tsx";
import { SplitView } from "../kit/split-view.tsx";
import { startPage } from "../kit/start-page.tsx";
import { StateLabel } from "../kit/state.tsx";
import { Tabs } from "../kit/tabs.tsx";
import { Duration, RelativeTime } from "../kit/times.tsx";
import {
  Badge,
  Button,
  Checkbox,
  DataGrid,
  Dropdown,
  ProgressRing,
  RadioGroup,
  TextArea,
  TextField,
} from "../kit/toolkit.ts";
import { ErrorView } from "../run/results/error-view.tsx";
import "./gallery.css";

const nothing = () => {};
const colors = ["yellow", "green", "blue"].map((value) => ({ value, label: value }));

function Controls(): VNode {
  const text = useSignal("etl-parent");
  const choice = useSignal("green");
  const radio = useSignal("green");
  const checked = useSignal(true);
  return (
    <div class="gallery-grid">
      <div class="toolbar">
        <Button kind="primary" icon="play" onClick={nothing}>
          Run
        </Button>
        <Button icon="debug-alt" onClick={nothing}>
          Debug
        </Button>
        <Button disabled onClick={nothing}>
          Disabled
        </Button>
        <Button kind="icon" icon="refresh" title="Refresh" onClick={nothing} />
        <Button kind="icon" icon="list-tree" title="Tree" pressed onClick={nothing} />
        <CopyButton what="run id" text={() => "id"} />
        <ProgressRing />
        <Badge>12</Badge>
        <KeyHint keys="Mod+Enter" />
        <Link onClick={nothing}>A link</Link>
      </div>
      <TextField
        label="Name"
        value={text.value}
        onChange={(value) => {
          text.value = value;
        }}
      />
      <TextField label="Filter" icon="search" placeholder="Filter" value="" onChange={nothing} />
      <TextField label="Bad" invalid description="Too short" value="x" onChange={nothing} />
      <TextField label="Secret" secret value="hidden" onChange={nothing} />
      <TextField label="Off" disabled value="disabled" onChange={nothing} />
      <TextArea label="JSON" code rows={3} value={'{\n  "a": 1\n}'} onChange={nothing} />
      <Dropdown
        label="Color"
        choices={colors}
        value={choice.value}
        onChange={(value) => {
          choice.value = value;
        }}
      />
      <RadioGroup
        label="Color"
        choices={colors}
        value={radio.value}
        onChange={(value) => {
          radio.value = value;
        }}
      />
      <Checkbox
        label="Publish"
        value={checked.value}
        onChange={(value) => {
          checked.value = value;
        }}
      />
      <output id="values">{`${text.value} ${choice.value} ${radio.value} ${checked.value}`}</output>
    </div>
  );
}

function States(): VNode {
  return (
    <ul class="gallery-states">
      {stateTypes.flatMap((type) =>
        stateNames[type].map((name) => (
          <li key={name}>
            <StateLabel type={type} name={name} />
          </li>
        )),
      )}
    </ul>
  );
}

function Gallery(): VNode {
  const tab = useSignal<"controls" | "states" | "split">("controls");
  const error = {
    name: "TypeError",
    message: 'page 3: "price" is "n/a", and a price must be a number',
    stack: `TypeError: page 3: "price" is "n/a", and a price must be a number\n    at readPage (/w/flows/failures.ts:10:29)\n    at /w/flows/failures.ts:24:50\n    at node:internal/process/task_queues:105:5`,
    cause: { name: "Error", message: "Unexpected token n in JSON at position 17" },
  };
  return (
    <div class="gallery">
      <Tabs
        label="Parts"
        tabs={[
          { id: "controls", title: "Controls" },
          { id: "states", title: "States", count: 17 },
          { id: "split", title: "Split" },
        ]}
        selected={tab.value}
        onSelect={(id) => {
          tab.value = id;
        }}
      >
        {tab.value === "controls" ? (
          <div class="gallery-columns">
            <Controls />
            <div class="gallery-grid">
              <Banner kind="info">Declared, not deployed here.</Banner>
              <Banner kind="warning" actions={[{ title: "Start the Service", run: nothing }]}>
                Live updates are lost, reconnecting. The run goes on.
              </Banner>
              <Banner kind="error" actions={[{ title: "Show Log", run: nothing }]}>
                The service could not be started.
              </Banner>
              <ErrorView error={error} runId="" />
              <p>
                <Duration from={Date.now() - 1234} to={Date.now()} /> · <RelativeTime time={Date.now() - 130_000} /> ·{" "}
                <Duration from={Date.now() - 75_000} to={null} />
              </p>
              <EmptyState actions={[{ title: "New Flow", run: nothing }]}>No flow has run here yet.</EmptyState>
              <Skeleton rows={3} label="Reading runs" />
              <DataGrid
                label="Rows"
                columns={[
                  { key: "city", title: "City" },
                  { key: "price", title: "Price" },
                ]}
                rows={[
                  { city: "Berlin", price: "12.50" },
                  { city: "Oslo", price: "9.00" },
                ]}
              />
              <table class="table">
                <thead>
                  <tr>
                    <th>Flow</th>
                    <th class="number">Duration</th>
                  </tr>
                </thead>
                <tbody>
                  <tr aria-selected="true">
                    <td>etl-parent</td>
                    <td class="number">1.2s</td>
                  </tr>
                  <tr>
                    <td>monthly-report</td>
                    <td class="number">2m 3s</td>
                  </tr>
                </tbody>
              </table>
            </div>
          </div>
        ) : tab.value === "states" ? (
          <States />
        ) : (
          <div class="gallery-split">
            <SplitView label="Details" remember="gallery" side={<p>The second part</p>}>
              <p>The first part</p>
            </SplitView>
          </div>
        )}
      </Tabs>
    </div>
  );
}

startPage(() => <Gallery />);
