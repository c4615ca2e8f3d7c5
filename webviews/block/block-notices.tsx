/** What is to be known before the fields: trouble with what is stored, with the service, with trust. */
import type { VNode } from "preact";
import { usePage } from "../kit/host-context.tsx";
import { Banner } from "../kit/notices.tsx";
import type { BlockState } from "./block-state.ts";
import { driftLines, driftTitle } from "./migrate.ts";

export function BlockNotices({ state }: { readonly state: BlockState }): VNode {
  const { host, surroundings, attempt } = usePage();
  const { trusted, service } = surroundings.value;
  const saved = state.document.value;
  const form = state.form.value;
  const isGone = state.identity.name !== null && saved === null;
  const forgotten = state.forgotten.value;
  const command = (name: "startService" | "trust" | "showLog") => () =>
    attempt(host.call("command", { command: name }));
  return (
    <>
      {service === "connected" ? null : (
        <Banner
          kind="warning"
          actions={service === "stopped" ? [{ title: "Start", run: command("startService") }] : []}
        >
          {service === "stopped"
            ? "The Millrace service is not running: this is what was read last, and nothing can be saved or tested."
            : "The connection to the Millrace service is lost, reconnecting. Saving waits until it is back."}
        </Banner>
      )}
      {trusted ? null : (
        <Banner kind="info" actions={[{ title: "Manage Workspace Trust", run: command("trust") }]}>
          {form !== null && !form.type.is_protected
            ? "Restricted Mode: this type is declared by code of yours, which is not loaded here. The block can be read only."
            : "Restricted Mode: blocks can be read and saved. Testing is off, because it starts a process in this folder."}
        </Banner>
      )}
      {isGone ? (
        <Banner kind="warning">This block was deleted elsewhere. Saving creates it again.</Banner>
      ) : state.isBehind.value ? (
        <Banner
          kind="warning"
          actions={[
            { title: "Take what is saved", run: state.discard },
            { title: "Save mine over it", run: () => void state.save({ force: true }) },
          ]}
        >
          This block was changed elsewhere while you edited it.
        </Banner>
      ) : null}
      {saved !== null && saved.unreadable_secrets.length > 0 ? (
        <Banner kind="warning">
          Saved with another key than this home has: enter {saved.unreadable_secrets.join(", ")} again.
        </Banner>
      ) : null}
      {saved?.drift == null ? null : (
        <Banner kind="warning">
          <p>The fields of this type have changed: {driftTitle(saved.drift)}. Review them and save.</p>
          <ul class="block-drift">
            {driftLines(saved.drift).map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </Banner>
      )}
      {forgotten.length === 0 ? null : (
        <Banner kind="info">
          The window was reloaded: what was typed is here again but for secrets. Enter {forgotten.join(", ")} again.
        </Banner>
      )}
      {state.problem.value === null ? null : (
        <Banner kind="error" actions={[{ title: "Show Log", run: command("showLog") }]}>
          {state.problem.value}
        </Banner>
      )}
    </>
  );
}
