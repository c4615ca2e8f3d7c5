/** The commands for deployments, by name. */
import { MillraceError } from "../../runtime/protocol/errors.ts";
import { pickFlow, targetOf } from "../commands/pick.ts";
import type { Context } from "../context.ts";
import { CancelledByUser } from "../problems.ts";
import { declaredOf, pickDeployment, textField } from "./pick.ts";
import { declaredName, findDeclared, targetOfDeclared } from "./place.ts";
import { isOn, nextWords } from "./words.ts";

/** name → what is said when it fails, and what it does. */
export function deploymentCommands(context: Context) {
  const { vscode, deployments, deploymentActions: actions, pages } = context;
  const pick = (given: unknown, placeHolder: string) => pickDeployment(context, given, { placeHolder });

  return {
    deploy: ["Opening the Deploy page", async (given) => deploy(given)],
    editDeployment: [
      "Opening the deployment",
      async (given) => {
        const declared = declaredOf(given);
        if (declared !== undefined) return openDeclared(declared);
        return pages.openDeployment({ deployment_id: await pick(given, "Edit which deployment?") });
      },
    ],
    pauseDeployment: [
      "Turning the schedule off",
      async (given) => {
        const id = await pickDeployment(context, given, {
          placeHolder: "Turn off the schedule of which deployment?",
          wanted: isOn,
          none: "No schedule is on.",
        });
        const schedule = textField(given, "schedule_id");
        await (schedule === undefined
          ? actions.switchSchedules(id, false)
          : actions.switchSchedule(id, schedule, false));
      },
    ],
    resumeDeployment: [
      "Turning the schedule on",
      async (given) => {
        const id = await pickDeployment(context, given, {
          placeHolder: "Turn on the schedule of which deployment?",
          wanted: (one) => one.schedules.length > 0 && !isOn(one),
          none: "No schedule is off.",
        });
        const schedule = textField(given, "schedule_id");
        await (schedule === undefined ? actions.switchSchedules(id, true) : actions.switchSchedule(id, schedule, true));
      },
    ],
    turnSchedulesOff: ["Turning schedules off", turnOff],
    runDeployment: [
      "Running the deployment",
      async (given) => actions.run(await pick(given, "Run which deployment?"), false),
    ],
    runDeploymentWith: [
      "Opening the form",
      async (given) => actions.run(await pick(given, "Run which deployment?"), true),
    ],
    backfillDeployment: [
      "Backfill",
      async (given) => {
        const id = await pick(given, "Backfill which deployment?");
        await (await import("./backfill.ts")).backfill(context, id);
      },
    ],
    deleteDeployment: [
      "Deleting the deployment",
      async (given) => actions.remove(await pick(given, "Delete which deployment?")),
    ],
    openDeploymentCode: ["Opening the code", openCode],
    applyDeployments: ["Deploying", async (given) => actions.apply(await pickFile(given))],
    refreshDeployments: [
      "Reading deployments",
      async () => {
        await context.service.client();
        await Promise.all([deployments.wake(), deployments.read()]);
        if (deployments.problem !== null) throw new MillraceError("not-answering", deployments.problem);
      },
    ],
    pauseWorkPool: ["Pausing", async (given) => switchPool(given, true)],
    resumeWorkPool: ["Resuming", async (given) => switchPool(given, false)],
  } satisfies Record<string, readonly [string, (given: unknown) => Promise<unknown>]>;

  /** A flow that is deployed already may be meant anew, or as it is. */
  async function deploy(given: unknown): Promise<void> {
    const declared = declaredOf(given);
    if (declared !== undefined) return openDeclared(declared);
    const target = targetOf(given) ?? (await pickFlow(context, given));
    await deployments.wake();
    const file = vscode.Uri.parse(target.uri).fsPath;
    const known = deployments.ofFlow(file, target.export ?? target.name);
    const written = deployments.declared.filter(
      ({ settings }) =>
        settings.flow_file === file &&
        settings.flow_export === target.export &&
        deployments.deployedAs(settings) === undefined,
    );
    if (known.length === 0 && written.length === 0) return pages.openDeployment({ target });
    const now = Date.now();
    const picked = await vscode.window.showQuickPick(
      [
        ...known.map((one) => ({
          label: `$(edit) ${one.name}`,
          description: nextWords(one, now),
          open: () => pages.openDeployment({ deployment_id: one.id }),
        })),
        ...written.map((one) => ({
          label: `$(cloud-upload) ${one.settings.name}`,
          description: `declared in ${vscode.workspace.asRelativePath(one.file)}, not deployed here`,
          open: () => openDeclared(declaredName(one)),
        })),
        { label: "$(add) New Deployment", description: "", open: () => pages.openDeployment({ target }) },
      ],
      { placeHolder: `Which deployment of ${target.name}?` },
    );
    if (picked === undefined) throw new CancelledByUser();
    await picked.open();
  }

  async function openDeclared(declared: NonNullable<ReturnType<typeof declaredOf>>): Promise<void> {
    await deployments.wake();
    const found = findDeclared(context, declared);
    if (found === undefined) {
      throw new MillraceError("not-found", `${declared.declared_in} does not declare "${declared.name}" any more.`);
    }
    const deployed = deployments.deployedAs(found.settings);
    if (deployed !== undefined) return pages.openDeployment({ deployment_id: deployed.id });
    return pages.openDeployment({ declared, target: targetOfDeclared(context, found) });
  }

  /** From the status bar: those that fire with the editor closed are ticked. */
  async function turnOff(): Promise<void> {
    await context.service.client();
    await deployments.read();
    const on = deployments.deployments.filter(isOn);
    if (on.length === 0) throw new MillraceError("not-found", "No schedule is on.");
    const now = Date.now();
    const picked = await vscode.window.showQuickPick(
      on.map((one) => ({
        label: `${one.flow_name} · ${one.name}`,
        description: `${nextWords(one, now)}${one.keep_running ? " · also with VS Code closed" : ""}`,
        picked: one.keep_running,
        id: one.id,
      })),
      { canPickMany: true, placeHolder: "Which schedules shall be off?" },
    );
    if (picked === undefined) throw new CancelledByUser();
    for (const { id } of picked) await actions.switchSchedules(id, false);
  }

  async function openCode(given: unknown): Promise<void> {
    const target = targetOf(given);
    if (target !== undefined) return void (await vscode.commands.executeCommand("millrace.openSource", { target }));
    const id = await pick(given, "Open the code of which deployment?");
    const found = deployments.find(id);
    if (found !== undefined) await context.actions.openSource({ file: found.flow_file });
  }

  async function pickFile(given: unknown): Promise<string> {
    await deployments.wake();
    if (given instanceof vscode.Uri) return given.fsPath;
    if (typeof given === "string") return vscode.Uri.parse(given).fsPath;
    const told = declaredOf(given)?.declared_in ?? textField(given, "declared_in");
    if (told !== undefined) return told;
    const [only, ...others] = deployments.files;
    if (only === undefined) {
      throw new MillraceError(
        "not-found",
        "There is no millrace.json in this workspace. Deploy a flow with the lens above it, and its page writes one.",
      );
    }
    if (others.length === 0) return only.path;
    const picked = await vscode.window.showQuickPick(
      deployments.files.map(({ path, deployments: { length } }) => ({
        label: vscode.workspace.asRelativePath(path),
        description: `${length} declared`,
        path,
      })),
      { placeHolder: "Deploy what which file declares?" },
    );
    if (picked === undefined) throw new CancelledByUser();
    return picked.path;
  }

  async function switchPool(given: unknown, paused: boolean): Promise<void> {
    const pool = textField(given, "pool");
    if (pool === undefined) throw new MillraceError("bad-usage", "Choose a pool or a queue in the Work Pools view.");
    const queue = textField(given, "queue");
    await (queue === undefined ? actions.pausePool(pool, paused) : actions.pauseQueue(pool, queue, paused));
  }
}

export function registerDeploymentCommands(context: Context): void {
  for (const [name, [doing, command]] of Object.entries(deploymentCommands(context))) {
    const run = async (given: unknown): Promise<void> => {
      try {
        await command(given);
      } catch (thrown) {
        context.report(thrown, doing);
      }
    };
    context.own(context.vscode.commands.registerCommand(`millrace.${name}`, run));
  }
}
