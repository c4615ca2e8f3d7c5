/** The page of one deployment: what runs, when, where and with which code; what deploying it would change. */
import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import type { FlowForm } from "../form/flow-form.ts";
import { FlowFormView } from "../form/flow-form-view.tsx";
import { focusFirstBad } from "../form/form-view.tsx";
import { relativePath } from "../kit/format.ts";
import { usePage } from "../kit/host-context.tsx";
import { Link } from "../kit/link.tsx";
import { Menu, type MenuItem } from "../kit/menu.tsx";
import { RelativeTime } from "../kit/times.tsx";
import { Button, Checkbox } from "../kit/toolkit.ts";
import { CodeSection } from "./code-section.tsx";
import type { DeployState } from "./deploy-state.ts";
import { newSchedule, type ScheduleDraft } from "./draft.ts";
import { DraftRow } from "./draft-row.tsx";
import { problemAt, Told } from "./fields.tsx";
import { Footer } from "./footer.tsx";
import { DeployNotices } from "./notices.tsx";
import { ScheduleCard, TimeZones } from "./schedule-card.tsx";
import { VersionsSection } from "./versions.tsx";
import { WhereSection } from "./where-section.tsx";

/** Begins the ids of the parameters' fields. */
const prefix = "deploy-parameters";

export function DeployView({
  state,
  parameters,
}: {
  readonly state: DeployState;
  readonly parameters: FlowForm;
}): VNode {
  const { surroundings, announce } = usePage();
  const { trusted, service } = surroundings.value;
  const problems = state.problems.value;
  const isNew = state.known.value?.deployment == null && state.known.value?.declared == null;
  const readOnly = !trusted;
  useEffect(() => {
    if (trusted && service === "connected") void parameters.describe();
    parameters.readRuns().catch(() => {});
  }, [parameters, trusted, service]);

  const save = async (apply: boolean, force = false) => {
    if (readOnly) return;
    const done = await state.save({ apply, force });
    if (!done) focusBad(state, parameters);
    else if (state.problem.value === null && !state.isBehind.value) announce(apply ? "Deployed" : "Saved");
  };
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "s" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey)
        return;
      event.preventDefault();
      if (state.isDirty.peek() || state.known.peek()?.deployment == null) void save(service === "connected");
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  });

  return (
    <div class="deploy-page">
      <TimeZones />
      <Header state={state} parameters={parameters} />
      <DeployNotices state={state} save={save} />
      <div class="deploy-sections">
        <section class="deploy-section" aria-labelledby="deploy-what">
          <h2 id="deploy-what">What</h2>
          {isNew ? (
            <DraftRow
              state={state}
              field="name"
              at="name"
              id="deploy-name"
              label="Name"
              required
              help="A flow can be deployed several times: with other parameters, at other times."
              readOnly={readOnly}
            />
          ) : null}
          <FlowFormView form={parameters} id={prefix} onRun={() => void save(true)} />
          <Told text={problemAt(problems, "parameters", true)} />
        </section>
        <WhenSection state={state} readOnly={readOnly} />
        <CodeSection state={state} readOnly={readOnly} />
        <WhereSection state={state} readOnly={readOnly} />
        {state.known.value?.deployment == null ? null : (
          <VersionsSection deployment={state.known.value.deployment} readOnly={readOnly} />
        )}
      </div>
      <Footer state={state} readOnly={readOnly} save={save} />
    </div>
  );
}

function focusBad(state: DeployState, parameters: FlowForm): void {
  const [first] = state.problems.value;
  if (first === undefined || first.path.startsWith("parameters")) {
    focusFirstBad(parameters, prefix);
    return;
  }
  const element = document.querySelector<HTMLElement>(".deploy-page .invalid");
  element?.scrollIntoView({ block: "nearest" });
  element?.focus();
}

function Header({ state, parameters }: { readonly state: DeployState; readonly parameters: FlowForm }): VNode {
  const { host, surroundings, attempt } = usePage();
  const known = state.known.value;
  const deployment = known?.deployment ?? null;
  const flow = known?.target?.name ?? "";
  const declaredName = known?.declared == null ? "" : ` · ${known.declared.name}`;
  const { trusted, service } = surroundings.value;
  const isOff = !trusted || service !== "connected";
  const id = { deployment_id: deployment?.id ?? "" };
  const hasSchedule = (deployment?.schedules.length ?? 0) > 0;
  const items: readonly MenuItem[] = [
    { title: "Run with…", run: () => attempt(host.call("runDeployment", { ...id, ask: true })), disabled: isOff },
    {
      title: "Show Runs",
      run: () =>
        attempt(
          host.call("openHistory", {
            flow_file: deployment?.flow_file ?? "",
            flow_export: deployment?.flow_export ?? "",
            flow_name: flow,
          }),
        ),
    },
    {
      title: "Delete…",
      run: () => attempt(host.call("deleteDeployment", id)),
      disabled: service !== "connected",
      begins: true,
    },
  ];
  const next = deployment?.next_run ?? null;
  const last = deployment?.last_run ?? null;
  return (
    <header class="deploy-header">
      <div class="deploy-title">
        <h1 class="ellipsis">
          {deployment === null ? `Deploy ${flow}${declaredName}` : `${flow} · ${deployment.name}`}
        </h1>
        <p class="muted deploy-facts">
          <Link onClick={() => attempt(host.call("openSource", { file: parameters.file }))} title="Open the code">
            {relativePath(parameters.file, surroundings.value.folders)}
          </Link>
          {deployment === null ? null : <span>version {deployment.version}</span>}
          {next === null ? null : (
            <span>
              next run <RelativeTime time={Date.parse(next)} />
            </span>
          )}
          {last === null ? null : (
            <Link onClick={() => attempt(host.call("openRun", { run_id: last.flow_run_id }))}>
              last run {last.state_name.toLowerCase()}
            </Link>
          )}
          {state.isDirty.value && deployment !== null ? <span>not deployed yet</span> : null}
        </p>
      </div>
      {deployment === null ? null : (
        <div class="toolbar">
          <Button
            icon="play"
            disabled={isOff}
            {...(trusted ? {} : { title: "Running needs a trusted folder" })}
            onClick={() => attempt(host.call("runDeployment", id))}
          >
            Run
          </Button>
          {hasSchedule ? (
            <Button
              icon={deployment.paused ? "clock" : "debug-pause"}
              disabled={service !== "connected"}
              onClick={() => attempt(host.call("switchSchedules", { ...id, on: deployment.paused }))}
            >
              {deployment.paused ? "Turn Schedule On" : "Turn Schedule Off"}
            </Button>
          ) : null}
          <Menu title="More Actions" items={items} />
        </div>
      )}
    </header>
  );
}

function WhenSection({ state, readOnly }: { readonly state: DeployState; readonly readOnly: boolean }): VNode {
  const { schedules, keepRunning } = state.draft.value;
  const timezone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const change = (key: string, next: Partial<ScheduleDraft>) =>
    state.set({
      schedules: state.draft.peek().schedules.map((one) => (one.key === key ? { ...one, ...next } : one)),
    });
  const add = (kind: "cron" | "interval") =>
    state.set({ schedules: [...state.draft.peek().schedules, newSchedule(kind, timezone)] });
  return (
    <section class="deploy-section" aria-labelledby="deploy-when">
      <h2 id="deploy-when">When</h2>
      {schedules.length === 0 ? <p class="muted">By hand only: it has no schedule.</p> : null}
      {schedules.map((schedule, place) => (
        <ScheduleCard
          key={schedule.key}
          schedule={schedule}
          place={place}
          problems={state.problems.value}
          readOnly={readOnly}
          onChange={(next) => change(schedule.key, next)}
          onRemove={() => state.set({ schedules: schedules.filter(({ key }) => key !== schedule.key) })}
        />
      ))}
      <div class="toolbar">
        <Button icon="add" disabled={readOnly} onClick={() => add("cron")}>
          {schedules.length === 0 ? "Add Schedule" : "Add Another Schedule"}
        </Button>
      </div>
      {schedules.length === 0 ? null : (
        <div class="field">
          <Checkbox
            label="Keep running when VS Code is closed"
            description="The service stays up for it."
            value={keepRunning}
            readOnly={readOnly}
            onChange={(value) => state.set({ keepRunning: value })}
          />
          <p class="field-note muted">
            {keepRunning
              ? "The Millrace service stays up until the computer is shut down. The status bar tells of it and turns it off."
              : "It fires while VS Code, or something else that uses the Millrace service, is open."}
          </p>
        </div>
      )}
    </section>
  );
}
