/** The Deployments tree. */
import { formatPlural } from "../../runtime/protocol/formats.ts";
import type { Context } from "../context.ts";
import { declaredName, targetOfDeclared } from "../deployments/place.ts";
import { isInside } from "../paths.ts";
import { createRealFiles } from "../real-files.ts";
import { deploymentNodes, type ShownDeclaration, type ShownDeployment } from "./deployment-nodes.ts";
import { createTree } from "./tree.ts";

/** "in 5m" is told anew as often, while somebody looks. */
const retell = 15_000;

export function registerDeploymentsView(context: Context): void {
  const { vscode, deployments, flows, runs, service, report } = context;
  const files = createRealFiles(vscode);
  const tree = context.own(createTree(vscode, async () => []));
  const view = context.own(
    vscode.window.createTreeView("millrace.deployments", { treeDataProvider: tree.provider, showCollapseAll: true }),
  );
  let timer: NodeJS.Timeout | undefined;
  /** Whoever has stopped the service does not want it back for looking. */
  let wasThere = service.state === "connected";

  function shown(): readonly ShownDeployment[] {
    const folders = files.folders();
    const all = runs.scope === "all" || folders.length === 0;
    return deployments.deployments
      .filter(({ flow_file }) => all || isInside(flow_file, folders))
      .map((deployment) => {
        const { flow_export, flow_name, flow_file, id } = deployment;
        const declaration = deployments.declarationOf(deployment);
        const plan = declaration === undefined ? undefined : deployments.planOf(declaration);
        const changes = (plan?.changes ?? []).filter(({ path }) => !path.startsWith("code"));
        return {
          deployment,
          drift: deployments.drift(id),
          differs: plan?.kind === "changed" && changes.length > 0 ? "millrace.json differs" : undefined,
          target: { uri: vscode.Uri.file(files.shown(flow_file)).toString(), export: flow_export, name: flow_name },
        };
      });
  }

  function declared(): readonly ShownDeclaration[] {
    return deployments.declared
      .filter(({ settings }) => deployments.deployedAs(settings) === undefined)
      .map((one) => ({
        declared: declaredName(one),
        file: vscode.workspace.asRelativePath(one.file),
        target: targetOfDeclared(context, one),
      }));
  }

  function draw(): void {
    const [all, open] = [shown(), declared()];
    tree.show(deploymentNodes(all, open, Date.now()));
    const troubled = all.filter(({ drift }) => drift.some(({ kind }) => kind !== "code-changed")).length;
    view.badge =
      troubled === 0
        ? undefined
        : {
            value: troubled,
            tooltip: `${formatPlural(troubled, "deployment")} no longer ${troubled === 1 ? "fits its flow" : "fit their flows"}`,
          };
    const broken = deployments.files.find(({ problem }) => problem !== null);
    view.message =
      deployments.problem !== null
        ? `Deployments could not be read: ${deployments.problem}`
        : broken === undefined
          ? undefined
          : `${vscode.workspace.asRelativePath(broken.path)}, ${broken.problem}`;
  }

  /** A home that has run something may have deployments: an empty tree would say that there are none. */
  async function seen(): Promise<void> {
    clearInterval(timer);
    if (!view.visible) return;
    timer = setInterval(draw, retell);
    await deployments.wake();
    if (deployments.isKnown || service.state !== "stopped" || wasThere) return;
    if ((await service.existing()) === undefined && runs.runs.length > 0) await service.client();
  }

  const look = (): void => {
    seen().catch((thrown: unknown) => report(thrown, "Reading deployments"));
  };
  context.own(
    service.onDidChangeState((state) => {
      wasThere ||= state === "connected";
    }),
  );
  context.own(deployments.onDidChange(draw));
  context.own(runs.onDidChange(draw));
  context.own(flows.onDidChange(draw));
  context.own(view.onDidChangeVisibility(look));
  context.own(new vscode.Disposable(() => clearInterval(timer)));
  // A tree is empty until something is known; drawing nothing takes the start a millisecond.
  if (deployments.isKnown) draw();
  look();
}
