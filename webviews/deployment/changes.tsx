/** What changes from one version of a deployment to another, field by field. */
import type { VNode } from "preact";
import type { DeploymentChange } from "../../runtime/protocol/deployments.ts";

export interface ChangesProps {
  readonly changes: readonly DeploymentChange[];
  readonly label: string;
  readonly title?: string;
}

/** Longer lists are for the comparison of the file. */
const shownChanges = 8;

export function Changes({ changes, label, title }: ChangesProps): VNode {
  const shown = changes.slice(0, shownChanges);
  return (
    <>
      {title === undefined ? null : <p class="field-note muted">{title}</p>}
      <ul class="deploy-changes" aria-label={label}>
        {shown.map(({ path, before, after }) => (
          <li key={path}>
            <code>{path}</code> <del>{valueText(before)}</del> <ins>{valueText(after)}</ins>
          </li>
        ))}
        {changes.length > shown.length ? <li class="muted">and {changes.length - shown.length} more</li> : null}
        {changes.length === 0 ? <li class="muted">nothing</li> : null}
      </ul>
    </>
  );
}

/** Schemas and lists of schedules are long: that they have changed is what counts. */
function valueText(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
