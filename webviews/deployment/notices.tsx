/** What is to be known before the fields: drift, a switched-off schedule, trouble with the file, the service, trust. */
import type { VNode } from "preact";
import { relativePath } from "../kit/format.ts";
import { usePage } from "../kit/host-context.tsx";
import { Banner } from "../kit/notices.tsx";
import type { DeployState } from "./deploy-state.ts";

export interface NoticesProps {
  readonly state: DeployState;
  readonly save: (apply: boolean, force?: boolean) => Promise<void>;
}

export function DeployNotices({ state, save }: NoticesProps): VNode {
  const { host, surroundings, attempt } = usePage();
  const { trusted, service, folders } = surroundings.value;
  const known = state.known.value;
  const deployment = known?.deployment ?? null;
  const file = known?.file ?? null;
  const shown = file === null ? "" : relativePath(file.path, folders);
  const told = known?.drift ?? [];
  // Other parameters are other code: one of the two says what to do.
  const drift = told.some(({ kind }) => kind === "schema-changed")
    ? told.filter(({ kind }) => kind !== "code-changed")
    : told;
  const command = (name: "startService" | "trust" | "showLog") => () =>
    attempt(host.call("command", { command: name }));
  const switchOn = () => attempt(host.call("switchSchedules", { deployment_id: deployment?.id ?? "", on: true }));
  return (
    <>
      {service === "connected" ? null : (
        <Banner
          kind="warning"
          actions={service === "stopped" ? [{ title: "Start", run: command("startService") }] : []}
        >
          {service === "stopped"
            ? "The Millrace service is not running: the file can be saved, and nothing can be deployed."
            : "The connection to the Millrace service is lost, reconnecting. Deploying waits until it is back."}
        </Banner>
      )}
      {trusted ? null : (
        <Banner kind="info" actions={[{ title: "Manage Workspace Trust", run: command("trust") }]}>
          Restricted Mode: deploying is off, because it loads code of this folder and runs it later.
        </Banner>
      )}
      {drift.map(({ kind, message }) => (
        <Banner
          key={`${kind} ${message}`}
          kind={kind === "code-changed" ? "info" : kind === "schema-changed" ? "warning" : "error"}
          actions={
            (kind === "schema-changed" || kind === "code-changed") && trusted && service === "connected"
              ? [{ title: "Deploy Again", run: () => void save(true) }]
              : kind === "flow-gone" && known?.target != null
                ? [{ title: "Open the Code", run: () => attempt(host.call("openSource", { file: fileOf(state) })) }]
                : []
          }
        >
          {message}
        </Banner>
      ))}
      {state.isTakenUp.value && state.isDirty.value && !state.isBehind.value ? (
        <Banner kind="info" actions={[{ title: "Discard Changes", run: state.discard }]}>
          These are changes that you made earlier and did not deploy.
        </Banner>
      ) : null}
      {state.isBehind.value ? (
        <Banner
          kind="warning"
          actions={[
            { title: "Compare", run: () => attempt(state.compare()) },
            { title: "Take what the file says", run: state.discard },
            { title: "Write mine over it", run: () => void save(true, true) },
          ]}
        >
          {shown} was changed on the disk while you edited this deployment.
        </Banner>
      ) : null}
      {file?.problem == null ? null : (
        <Banner
          kind="warning"
          actions={[{ title: "Open the File", run: () => attempt(host.call("openSource", { file: file.path })) }]}
        >
          {shown} cannot be read, so nothing can be written to it: {file.problem}.
        </Banner>
      )}
      {deployment === null && known?.declared != null ? (
        <Banner kind="info">
          {shown} declares this deployment; on this computer it is not deployed, so nothing runs by itself yet.
        </Banner>
      ) : null}
      {deployment?.paused === true && deployment.schedules.length > 0 ? (
        <Banner kind="info" actions={service === "connected" ? [{ title: "Turn Schedule On", run: switchOn }] : []}>
          Its schedule is off. It can be run by hand.
        </Banner>
      ) : null}
      {state.problem.value === null ? null : (
        <Banner kind="error" actions={[{ title: "Show Log", run: command("showLog") }]}>
          {state.problem.value}
        </Banner>
      )}
    </>
  );
}

function fileOf(state: DeployState): string {
  return state.parameters.value?.file ?? "";
}
