/** The next runs that schedules will start, above those that there are. */
import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import type { UpcomingRun } from "../../runtime/protocol/deployments.ts";
import { formatPlural } from "../kit/format.ts";
import { usePage } from "../kit/host-context.tsx";
import { Icon } from "../kit/icon.tsx";
import { Link } from "../kit/link.tsx";
import { RelativeTime } from "../kit/times.tsx";

const shownFirst = 1;
const shownAll = 20;

export function Coming({ upcoming }: { readonly upcoming: readonly UpcomingRun[] }): VNode | null {
  const { host, attempt } = usePage();
  const isOpen = useSignal(false);
  if (upcoming.length === 0) return null;
  const shown = upcoming.slice(0, isOpen.value ? shownAll : shownFirst);
  const more = upcoming.length - shownFirst;
  return (
    <section class="history-coming" aria-label="Runs to come">
      <ul>
        {shown.map(({ deployment_id, schedule_id, deployment_name, flow_name, time }) => (
          <li key={`${schedule_id} ${time}`}>
            <Icon name="clock" class="muted" />
            <Link onClick={() => attempt(host.call("openDeployment", { deployment_id }))}>
              {flow_name} · {deployment_name}
            </Link>
            <span class="muted">
              <RelativeTime time={Date.parse(time)} />
            </span>
          </li>
        ))}
      </ul>
      {more <= 0 ? null : (
        <Link
          expanded={isOpen.value}
          onClick={() => {
            isOpen.value = !isOpen.value;
          }}
        >
          {isOpen.value ? "Show the next only" : `${formatPlural(more, "more run")} to come`}
        </Link>
      )}
    </section>
  );
}
