/** Deploy, and what it would do: here, and in the millrace.json. */
import type { VNode } from "preact";
import { relativePath } from "../kit/format.ts";
import { usePage } from "../kit/host-context.tsx";
import { KeyHint } from "../kit/key-hint.tsx";
import { Link } from "../kit/link.tsx";
import { Button, Checkbox } from "../kit/toolkit.ts";
import { Changes } from "./changes.tsx";
import type { DeployState } from "./deploy-state.ts";

export interface FooterProps {
  readonly state: DeployState;
  readonly readOnly: boolean;
  readonly save: (apply: boolean) => Promise<void>;
}

export function Footer({ state, readOnly, save }: FooterProps): VNode {
  const { surroundings } = usePage();
  const offline = surroundings.value.service !== "connected";
  const known = state.known.value;
  const deployment = known?.deployment ?? null;
  const { plan, file } = state.plan.value ?? { plan: null, file: null };
  const changesFile = file !== null && file.added + file.removed > 0;
  const isUnchanged = plan?.kind === "unchanged" && plan.problems.length === 0 && !changesFile && !state.isDirty.value;
  const isBad = state.problems.value.length > 0;
  const canWrite = known?.file != null && known.file.problem === null;
  return (
    <footer class="deploy-footer">
      {canWrite ? (
        <Checkbox
          label={`Declare it in ${nameOf(known?.file?.path ?? "", surroundings.value.folders)}`}
          description="So that it is part of the project. Others who open it deploy it only when they choose to."
          value={state.draft.value.declare}
          readOnly={readOnly}
          onChange={(declare) => state.set({ declare })}
        />
      ) : null}
      <div class="deploy-actions">
        <Button
          kind="primary"
          icon="cloud-upload"
          disabled={readOnly || offline || state.isSaving.value || isUnchanged || isBad}
          onClick={() => void save(true)}
        >
          {state.isSaving.value ? "Deploying…" : "Deploy"}
        </Button>
        {offline && canWrite && state.draft.value.declare ? (
          <Button disabled={readOnly || state.isSaving.value} onClick={() => void save(false)}>
            Save the File
          </Button>
        ) : null}
        <KeyHint keys="Mod+S" />
        <span class="muted" role="status">
          <Outcome state={state} isUnchanged={isUnchanged} version={deployment?.version ?? null} />
        </span>
        {state.isDirty.value && !readOnly ? <Link onClick={state.discard}>Discard Changes</Link> : null}
      </div>
      {plan === null || plan.kind !== "changed" || plan.changes.length === 0 ? null : (
        <Changes changes={plan.changes} label="What changes on this computer" />
      )}
    </footer>
  );
}

function Outcome(props: {
  readonly state: DeployState;
  readonly isUnchanged: boolean;
  readonly version: number | null;
}) {
  const { state, isUnchanged, version } = props;
  const { surroundings, attempt } = usePage();
  const count = state.problems.value.length;
  if (count > 0) return <>{count === 1 ? "One thing is wrong." : `${count} things are wrong.`}</>;
  const told = state.plan.value;
  if (told === null) return <>{state.isPlanning.value ? "Looking at what would change…" : ""}</>;
  if (told.problem !== null) return <>{told.problem}</>;
  if (isUnchanged) return <>{version === null ? "" : `Deployed as it stands here (version ${version}).`}</>;
  const { file, plan } = told;
  const next =
    plan === null ? "" : plan.kind === "new" ? "New" : plan.kind === "changed" ? `Version ${(version ?? 0) + 1}` : "";
  return (
    <>
      {next === "" ? "" : `${next} · `}
      {file === null || file.added + file.removed === 0 ? (
        "this computer only"
      ) : (
        <Link onClick={() => attempt(state.compare())} title="Compare the file with what it would be">
          {nameOf(file.path, surroundings.value.folders)}, {lineWords(file.added, file.removed)}
        </Link>
      )}
    </>
  );
}

export function lineWords(added: number, removed: number): string {
  const parts = [added > 0 ? `+${added}` : "", removed > 0 ? `−${removed}` : ""].filter(Boolean);
  return `${parts.join(" ")} ${added + removed === 1 ? "line" : "lines"}`;
}

function nameOf(file: string, folders: readonly string[]): string {
  return relativePath(file, folders);
}
