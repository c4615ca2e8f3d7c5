/** Earlier versions: what each changed, and the way back to it. */
import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import { changesOf } from "../../runtime/protocol/deployment-changes.ts";
import type { Deployment } from "../../runtime/protocol/deployments.ts";
import { usePage } from "../kit/host-context.tsx";
import { Link } from "../kit/link.tsx";
import { RelativeTime } from "../kit/times.tsx";
import { Button } from "../kit/toolkit.ts";
import { Changes } from "./changes.tsx";

export interface VersionsProps {
  readonly deployment: Deployment;
  readonly readOnly: boolean;
}

/** So many are listed before somebody asks for all. */
const shownAtFirst = 5;

export function VersionsSection({ deployment, readOnly }: VersionsProps): VNode | null {
  const { host, surroundings, attempt } = usePage();
  const { service } = surroundings.value;
  const versions = useSignal<readonly Deployment[]>([]);
  const problem = useSignal<string | null>(null);
  const opened = useSignal<number | null>(null);
  const all = useSignal(false);
  const { id, version } = deployment;
  useEffect(() => {
    if (service !== "connected") return;
    let isCurrent = true;
    host.api("GET /api/deployments/:id/versions", { params: { id } }).then(
      (answer) => {
        if (!isCurrent) return;
        versions.value = answer.versions;
        problem.value = null;
      },
      (thrown: unknown) => {
        if (isCurrent) problem.value = thrown instanceof Error ? thrown.message : String(thrown);
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [host, id, version, service]);
  if (version === 1 && problem.value === null) return null;
  const listed = all.value ? versions.value : versions.value.slice(0, shownAtFirst);
  return (
    <section class="deploy-section" aria-labelledby="deploy-versions">
      <h2 id="deploy-versions">Versions</h2>
      {problem.value === null ? null : <p class="field-problem">{problem.value}</p>}
      <ol class="deploy-versions">
        {listed.map((one) => (
          <li key={one.version}>
            <span>
              <Link
                onClick={() => {
                  opened.value = opened.value === one.version ? null : one.version;
                }}
                title={opened.value === one.version ? "Hide the differences" : "Show what differs"}
              >
                Version {one.version}
              </Link>{" "}
              <span class="muted">
                <RelativeTime time={Date.parse(one.updated)} />
                {one.version === version ? " · in force" : ""}
              </span>
            </span>
            {opened.value === one.version ? (
              <Opened
                one={one}
                before={versions.value.find((other) => other.version < one.version)}
                deployment={deployment}
                isOff={readOnly || service !== "connected"}
                goBack={() => attempt(host.call("restoreDeployment", { deployment_id: id, version: one.version }))}
              />
            ) : null}
          </li>
        ))}
      </ol>
      {versions.value.length > listed.length ? (
        <Link
          onClick={() => {
            all.value = true;
          }}
        >
          Show all {versions.value.length} versions
        </Link>
      ) : null}
    </section>
  );
}

function Opened(props: {
  readonly one: Deployment;
  readonly before: Deployment | undefined;
  readonly deployment: Deployment;
  readonly isOff: boolean;
  readonly goBack: () => void;
}): VNode {
  const { one, before, deployment, isOff, goBack } = props;
  const inForce = one.version === deployment.version;
  const own = before === undefined ? [] : changesOf(before, one);
  const back = inForce ? [] : changesOf(deployment, one);
  return (
    <div class="deploy-version">
      {before === undefined ? (
        <p class="muted">The first one that is kept.</p>
      ) : (
        <Changes
          changes={own}
          label={`What version ${one.version} changed`}
          title={`Since version ${before.version}:`}
        />
      )}
      {inForce ? null : (
        <>
          <Changes changes={back} label="What going back would change" title="Going back would change:" />
          <Button icon="discard" disabled={isOff} onClick={goBack}>
            Go Back to This Version…
          </Button>
        </>
      )}
    </div>
  );
}
