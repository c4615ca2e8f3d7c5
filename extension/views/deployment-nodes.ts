/** Lines of the Deployments tree: what is deployed in this home, then what is declared and not deployed. Pure. */
import type { Deployment, DeploymentDrift, DeploymentSchedule } from "../../runtime/protocol/deployments.ts";
import { formatMoment, formatRelative } from "../../runtime/protocol/formats.ts";
import type { FlowTarget } from "../../runtime/protocol/language.ts";
import type { DeclaredName } from "../../runtime/protocol/pages.ts";
import type { ItemWord } from "../context.ts";
import { codeWords, isOn, nextWords, scheduleWords } from "../deployments/words.ts";
import { joined, type NodeIcon, stateIcon, stateWord, type Tooltip, type TreeNode } from "./node.ts";

export interface ShownDeployment {
  readonly deployment: Deployment;
  readonly drift: readonly DeploymentDrift[];
  /** What deploying the millrace.json would change; undefined when it says the same, or none declares it. */
  readonly differs: string | undefined;
  readonly target: FlowTarget;
}

export interface ShownDeclaration {
  readonly declared: DeclaredName;
  /** "millrace.json", relative to the workspace. */
  readonly file: string;
  readonly target: FlowTarget;
}

export function deploymentNodes(
  deployed: readonly ShownDeployment[],
  declared: readonly ShownDeclaration[],
  now: number,
): readonly TreeNode[] {
  const by = (label: (one: TreeNode) => string) => (one: TreeNode, other: TreeNode) =>
    label(one).localeCompare(label(other), "en");
  return [
    ...deployed.map((one) => deploymentNode(one, now)).sort(by(({ label }) => label)),
    ...declared.map(declaredNode).sort(by(({ label }) => label)),
  ];
}

function deploymentNode({ deployment, drift, differs, target }: ShownDeployment, now: number): TreeNode {
  const { id, name, flow_name, schedules, last_run } = deployment;
  const trouble = drift.find(({ kind }) => kind !== "code-changed");
  const words: ItemWord[] = ["deployment"];
  if (schedules.length > 0) words.push(isOn(deployment) ? "on" : "off");
  if (last_run !== null) words.push("hasRun");
  const next = nextWords(deployment, now);
  const state = last_run === null ? undefined : stateWord(last_run.state_type, last_run.state_name);
  return {
    id: `deployment ${id}`,
    ...{ deployment_id: id, target },
    ...(last_run === null ? {} : { run_id: last_run.flow_run_id }),
    label: name,
    description: joined(flow_name, trouble === undefined ? next : driftWord(trouble), differs),
    tooltip: tooltip(deployment, trouble?.message, now),
    icon: icon(deployment, trouble),
    words,
    opens: schedules.length > 0 ? "closed" : "never",
    click: { kind: "deployment", element: { deployment_id: id } },
    says: ["Deployment", name, `of ${flow_name}`, next, state && `last run ${state}`, trouble?.message]
      .filter(Boolean)
      .join(", "),
    children: schedules.map((schedule) => scheduleNode(deployment, schedule)),
  };
}

function driftWord({ kind }: DeploymentDrift): string {
  if (kind === "file-gone") return "its file is gone";
  if (kind === "flow-gone") return "its flow is gone";
  return kind === "parameters-refused" ? "parameters refused" : "parameters changed";
}

function icon({ last_run, ...deployment }: Deployment, trouble: DeploymentDrift | undefined): NodeIcon {
  if (trouble !== undefined) return { kind: "codicon", name: "warning", color: "list.warningForeground" };
  if (last_run !== null) return stateIcon(last_run.state_type, last_run.state_name);
  return { kind: "codicon", name: isOn(deployment) ? "clock" : "cloud" };
}

function scheduleNode({ id, paused }: Deployment, schedule: DeploymentSchedule): TreeNode {
  const fires = schedule.active && !paused;
  const words = scheduleWords(schedule.schedule);
  const given = Object.keys(schedule.parameters);
  const label = schedule.slug ?? words;
  return {
    id: `schedule ${id} ${schedule.id}`,
    ...{ deployment_id: id, schedule_id: schedule.id },
    label,
    description: joined(
      schedule.slug === null ? undefined : words,
      given.length === 0 ? undefined : given.join(", "),
      schedule.active ? undefined : "off",
    ),
    icon: {
      kind: "codicon",
      name: fires ? "clock" : "circle-slash",
      ...(fires ? {} : { color: "disabledForeground" }),
    },
    words: ["schedule", schedule.active ? "on" : "off"],
    opens: "never",
    click: { kind: "deployment", element: { deployment_id: id } },
    says: ["Schedule", label, schedule.slug === null ? undefined : words, fires ? undefined : "off"]
      .filter(Boolean)
      .join(", "),
  };
}

function declaredNode({ declared, file, target }: ShownDeclaration): TreeNode {
  const { name } = declared;
  return {
    id: `declared ${declared.declared_in} ${declared.flow} ${name}`,
    ...{ declared, target },
    label: name,
    description: joined(target.name, "not deployed here"),
    tooltip: {
      title: name,
      lines: [
        ["Flow", declared.flow],
        ["Declared in", file],
      ],
      note: "Declared is not deployed: nothing runs by itself until someone deploys it on this computer.",
    },
    icon: { kind: "codicon", name: "cloud-upload", color: "disabledForeground" },
    words: ["declared"],
    opens: "never",
    click: { kind: "deployment", element: { declared } },
    says: `Deployment ${name} of ${target.name}, declared in ${file}, not deployed here`,
  };
}

function tooltip(deployment: Deployment, note: string | undefined, now: number): Tooltip {
  const { name, flow_name, version, code, work_pool_name, work_queue_name, next_run, last_run } = deployment;
  const isElsewhere = work_pool_name !== "default" || work_queue_name !== "default";
  const given = Object.keys(deployment.parameters);
  return {
    title: `${flow_name} · ${name}`,
    lines: [
      ["Next run", next_run === null ? nextWords(deployment, now) : formatMoment(Date.parse(next_run))],
      ...(last_run === null
        ? []
        : [
            [
              "Last run",
              joined(
                stateWord(last_run.state_type, last_run.state_name),
                last_run.start_time === null ? undefined : formatRelative(Date.parse(last_run.start_time), now),
              ),
            ] as const,
          ]),
      ["Version", `${version}, ${codeWords(code)}`],
      ...(given.length === 0 ? [] : [["Parameters", given.join(", ")] as const]),
      ...(isElsewhere ? [["Runs in", `${work_pool_name} / ${work_queue_name}`] as const] : []),
      ...(deployment.keep_running ? [["With VS Code closed", "yes"] as const] : []),
    ],
    ...(note === undefined ? {} : { note }),
  };
}
