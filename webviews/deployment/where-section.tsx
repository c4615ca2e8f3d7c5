/** Where runs go, and how many at a time. Words of pools and queues are for those who have made a second one. */
import type { VNode } from "preact";
import type { WorkPool } from "../../runtime/protocol/deployments.ts";
import { FormView } from "../form/form-view.tsx";
import type { DeployState } from "./deploy-state.ts";
import type { Draft } from "./draft.ts";
import { DraftRow } from "./draft-row.tsx";
import { ChoiceRow, problemAt, Told } from "./fields.tsx";

export function WhereSection({ state, readOnly }: { readonly state: DeployState; readonly readOnly: boolean }): VNode {
  const draft = state.draft.value;
  const problems = state.problems.value;
  const pools = state.known.value?.pools ?? [];
  const hasPools = pools.length > 1 || draft.pool !== "default" || draft.queue !== "default";
  const pool = pools.find(({ name }) => name === draft.pool);
  const isBad = ["infrastructure", "concurrency_limit", "crash_retries", "work_pool_name", "work_queue_name"].some(
    (path) => problemAt(problems, path, true) !== null,
  );
  return (
    <section class="deploy-section" aria-labelledby="deploy-where">
      <details {...(isBad ? { open: true } : {})}>
        <summary>
          <h2 id="deploy-where">Where</h2>
          <span class="muted">{summary(draft, hasPools)}</span>
        </summary>
        <div class="deploy-more">
          {hasPools ? (
            <div class="deploy-pair">
              <ChoiceRow
                id="deploy-pool"
                label="Work pool"
                value={draft.pool}
                choices={named(draft.pool, pools)}
                problem={problemAt(problems, "work_pool_name")}
                {...(pool?.status === "NOT_READY" ? { help: "No worker polls it: runs wait until one does." } : {})}
                readOnly={readOnly}
                onChange={(name) => {
                  const type = pools.find((one) => one.name === name)?.type ?? draft.infrastructure;
                  state.set({ pool: name, queue: "default", infrastructure: type });
                }}
              />
              <ChoiceRow
                id="deploy-queue"
                label="Queue"
                value={draft.queue}
                choices={named(draft.queue, pool?.queues ?? [])}
                problem={problemAt(problems, "work_queue_name")}
                readOnly={readOnly}
                onChange={(queue) => state.set({ queue })}
              />
            </div>
          ) : null}
          <FormView
            key={draft.infrastructure}
            form={state.infrastructure.value}
            id="deploy-infrastructure"
            what="fields"
            readOnly={readOnly}
            onRun={() => {}}
          />
          <Told text={problemAt(problems, "infrastructure", true)} />
          <div class="deploy-pair">
            <DraftRow
              state={state}
              field="limit"
              at="concurrency_limit"
              id="deploy-limit"
              label="Runs at the same time"
              placeholder="as many as there are"
              readOnly={readOnly}
            />
            <ChoiceRow
              id="deploy-collision"
              label="A run beyond that"
              value={draft.collision}
              choices={[
                { value: "ENQUEUE", label: "Waits" },
                { value: "CANCEL_NEW", label: "Is cancelled" },
              ]}
              readOnly={readOnly || draft.limit.trim() === ""}
              onChange={(value) => state.set({ collision: value === "CANCEL_NEW" ? "CANCEL_NEW" : "ENQUEUE" })}
            />
          </div>
          <DraftRow
            state={state}
            field="crashRetries"
            at="crash_retries"
            id="deploy-crashes"
            label="Start again after a crash"
            help="Times, when the process was killed or the computer went down; 0 leaves it to you. A flow that fails is not started again."
            readOnly={readOnly}
          />
          <DraftRow
            state={state}
            field="tags"
            at="tags"
            id="deploy-tags"
            label="Tags"
            help="With commas between them; each run gets them."
            readOnly={readOnly}
          />
          <DraftRow
            state={state}
            field="description"
            at="description"
            id="deploy-description"
            label="Description"
            readOnly={readOnly}
          />
        </div>
      </details>
    </section>
  );
}

function named(chosen: string, all: readonly Pick<WorkPool, "name">[]) {
  const names = all.map(({ name }) => name);
  return (names.includes(chosen) ? names : [...names, chosen]).map((name) => ({ value: name, label: name }));
}

function summary({ pool, queue, infrastructure, limit }: Draft, hasPools: boolean): string {
  const place = hasPools ? `pool ${pool}${queue === "default" ? "" : `, queue ${queue}`}` : "on this computer";
  const how = infrastructure === "docker" ? "in containers" : "in processes of its own";
  const many = limit.trim() === "" ? "" : `, ${limit} at a time`;
  return `${place}, ${how}${many}`;
}
