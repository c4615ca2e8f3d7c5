import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import type { FlowRun } from "../../../runtime/protocol/api.ts";
import { usePage } from "../../kit/host-context.tsx";
import { Link } from "../../kit/link.tsx";

/** The deployment that started the run; one that was deleted since has no name to show. */
export function DeploymentFact({ run }: { readonly run: FlowRun }): VNode | null {
  const { host, attempt } = usePage();
  const name = useSignal<string | null>(null);
  const id = run.deployment_id;
  useEffect(() => {
    name.value = null;
    if (id === null) return;
    let gone = false;
    host
      .api("GET /api/deployments/:id", { params: { id } })
      .then((found) => {
        if (!gone) name.value = found.name;
      })
      .catch(() => {});
    return () => {
      gone = true;
    };
  }, [id, host, name]);
  if (id === null) return null;
  const version = run.deployment_version == null ? "" : ` v${run.deployment_version}`;
  if (name.value === null) return <span class="muted">of a deployment{version}</span>;
  return (
    <Link title="Open the deployment" onClick={() => attempt(host.call("openDeployment", { deployment_id: id }))}>
      {name.value}
      {version}
    </Link>
  );
}
