/** Which code runs: what lies in the folder then, a copy of it as it is now, or a repository. */
import type { VNode } from "preact";
import type { DeploymentCode } from "../../runtime/protocol/deployments.ts";
import { RadioGroup } from "../kit/toolkit.ts";
import type { DeployState } from "./deploy-state.ts";
import type { CodeKind, Draft } from "./draft.ts";
import { DraftRow } from "./draft-row.tsx";
import { problemAt, Told } from "./fields.tsx";

const kinds: Readonly<Record<CodeKind, { readonly label: string; readonly help: (draft: Draft) => string }>> = {
  auto: {
    label: "As usual",
    help: ({ schedules }) =>
      schedules.length > 0
        ? "A copy of the flow and of all that it imports, as they are when you deploy: a half-written file at 5 am breaks nothing."
        : "What lies in the folder when the run begins; a copy once there is a schedule.",
  },
  snapshot: {
    label: "Copy from now",
    help: () => "The flow and all that it imports, as they are when you deploy. Deploy again to run newer code.",
  },
  "working-copy": {
    label: "Working copy",
    help: () => "Whatever lies in the folder when the run begins, saved a second ago or half-written.",
  },
  git: { label: "Git", help: () => "What a repository has at a branch, tag or commit; the run records the commit." },
};

export function CodeSection({ state, readOnly }: { readonly state: DeployState; readonly readOnly: boolean }): VNode {
  const draft = state.draft.value;
  const deployed = state.known.value?.deployment?.code;
  const isKind = (value: string): value is CodeKind => Object.hasOwn(kinds, value);
  const problems = state.problems.value;
  return (
    <section class="deploy-section" aria-labelledby="deploy-code">
      <h2 id="deploy-code">Code</h2>
      <RadioGroup
        label="Which code runs"
        value={draft.code}
        choices={Object.entries(kinds).map(([value, { label }]) => ({ value, label }))}
        readOnly={readOnly}
        onChange={(code) => {
          if (isKind(code)) state.set({ code });
        }}
      />
      <p class="field-note muted">{kinds[draft.code].help(draft)}</p>
      {deployed === undefined ? null : <p class="field-note muted">Deployed now: {deployedWords(deployed)}.</p>}
      {draft.code === "git" ? (
        <>
          <DraftRow
            state={state}
            field="git"
            at="code.git"
            id="deploy-git"
            label="Repository"
            required
            help="An address, or the path of a folder."
            readOnly={readOnly}
          />
          <div class="deploy-pair">
            <DraftRow
              state={state}
              field="reference"
              at="code.reference"
              id="deploy-reference"
              label="Branch, tag or commit"
              placeholder="HEAD"
              readOnly={readOnly}
            />
            <DraftRow
              state={state}
              field="path"
              at="code.path"
              id="deploy-path"
              label="Path of the file in it"
              readOnly={readOnly}
            />
          </div>
          <DraftRow
            state={state}
            field="credentials"
            at="code.credentials"
            id="deploy-credentials"
            label="Block with the token"
            placeholder="github-repository/name"
            readOnly={readOnly}
          />
        </>
      ) : null}
      {draft.code === "git" ? null : <Told text={problemAt(problems, "code", true)} />}
    </section>
  );
}

export function deployedWords(code: DeploymentCode): string {
  if (code.type === "working-copy") return "the working copy";
  if (code.type === "snapshot") return `copy ${code.hash.slice(0, 8)}`;
  return `${code.reference}${code.commit === null ? "" : ` at ${code.commit.slice(0, 8)}`} of ${code.repository}`;
}
