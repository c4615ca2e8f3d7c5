/** The form of a flow: drawn from what the source says at once, then from what describing the flow gives. */
import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { FlowRun } from "../../runtime/protocol/api.ts";
import type { SourceLocation } from "../../runtime/protocol/errors.ts";
import type { FlowSite, FlowTarget } from "../../runtime/protocol/language.ts";
import { fileOf } from "../../runtime/protocol/stack.ts";
import { type Host, HostProblem } from "../kit/host.ts";
import { createForm, type Form } from "./form-state.ts";
import { schemaOfSites } from "./static-schema.ts";
import type { Values } from "./values.ts";

export interface DescribeProblem {
  /** Without the place. */
  readonly message: string;
  readonly location: SourceLocation | null;
  /** The lines around it, as the runner has drawn them. */
  readonly excerpt: string;
}

export interface FlowForm extends Form {
  readonly file: string;
  readonly target: FlowTarget;
  /** False until the source or a description has told which parameters there are. */
  readonly isKnown: ReadonlySignal<boolean>;
  /** "describing": fields may still change. "failed": only JSON can be given; a run is still possible. */
  readonly state: ReadonlySignal<"describing" | "ready" | "failed" | "unasked">;
  readonly problem: ReadonlySignal<DescribeProblem | null>;
  /** Newest first; their parameters can be taken. */
  readonly runs: ReadonlySignal<readonly FlowRun[]>;
  /** Asks again: the source was saved, or there is now a service to ask. */
  describe(): Promise<void>;
  readRuns(): Promise<void>;
}

export interface FlowFormOptions {
  readonly host: Host;
  readonly target: FlowTarget;
  /** What the source says, for the first moment. */
  readonly site?: Pick<FlowSite, "parameters" | "parameters_complete">;
  readonly initial?: Values;
}

const noParameters = { type: "object" };

/** Then nobody could be asked, which says nothing about the flow. */
const noAnswer: ReadonlySet<string> = new Set([
  "not-answering",
  "home-owned",
  "home-unusable",
  "home-newer",
  "conflict",
  "unauthorized",
]);

export function createFlowForm({ host, target, site, initial }: FlowFormOptions): FlowForm {
  const file = fileOf(target.uri) ?? target.uri;
  const body = { file, ...(target.export === null ? {} : { flow: target.export }) };
  const form = createForm({
    schema: site === undefined ? noParameters : schemaOfSites(site.parameters),
    ...(initial === undefined ? {} : { initial }),
    check: async (parameters) => (await host.api("POST /api/validate", { body: { ...body, parameters } })).fields,
  });
  const state = signal<"describing" | "ready" | "failed" | "unasked">("unasked");
  const problem = signal<DescribeProblem | null>(null);
  const runs = signal<readonly FlowRun[]>([]);
  let asked = 0;

  return {
    ...form,
    file,
    target,
    isKnown: computed(() => site !== undefined || state.value === "ready"),
    state,
    problem,
    runs,
    async describe() {
      const number = ++asked;
      if (state.value !== "ready") state.value = "describing";
      try {
        const { flows } = await host.api("POST /api/describe", { body: { file } });
        if (number !== asked) return;
        const found =
          flows.find((flow) => flow.export === target.export) ?? flows.find((flow) => flow.name === target.name);
        if (found === undefined) throw new Error(`${target.name} is not among the flows that ${file} exports.`);
        problem.value = null;
        // Null means that there are none, or that their schema library cannot say which.
        form.setSchema(found.parameters ?? (site?.parameters_complete === false ? null : noParameters));
        state.value = "ready";
      } catch (thrown) {
        if (number !== asked) return;
        problem.value = describeProblem(thrown instanceof Error ? thrown.message : String(thrown));
        if (thrown instanceof HostProblem && noAnswer.has(thrown.code)) {
          state.value = "unasked";
          return;
        }
        form.setSchema(null);
        state.value = "failed";
      }
    },
    async readRuns() {
      const filter = { flow_file: file, ...(target.export === null ? {} : { flow_export: target.export }), limit: 10 };
      runs.value = (await host.api("POST /api/flow_runs/filter", { body: filter })).items;
    },
  };
}

/** "FILE:5:32: loading failed: Error: … " and the lines of source below it. */
export function describeProblem(text: string): DescribeProblem {
  const [first = "", ...rest] = text.split("\n");
  const match = /^(.+?):(\d+):(\d+): (?:loading failed: )?(.*)$/.exec(first);
  const excerpt = rest.join("\n");
  if (match?.[1] === undefined || match[4] === undefined) return { message: first, location: null, excerpt };
  return {
    message: match[4],
    location: { file: match[1], line: Number(match[2]), column: Number(match[3]) },
    excerpt,
  };
}
