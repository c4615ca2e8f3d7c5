/** Over each deployment that a millrace.json declares: whether it is deployed in this home, and as it stands there. */
import type * as Vscode from "vscode";
import type { Context, Declaration } from "../context.ts";
import { entryRange } from "./drift-marks.ts";
import { declaredName } from "./place.ts";
import { nextWords } from "./words.ts";

type Parts = Pick<Context, "vscode" | "deployments" | "settings">;

export function createDeclaredLenses(context: Parts): Vscode.CodeLensProvider & Vscode.Disposable {
  const { vscode, deployments, settings } = context;
  const changed = new vscode.EventEmitter<void>();
  const subscription = deployments.onDidChange(() => changed.fire());
  return {
    onDidChangeCodeLenses: changed.event,
    provideCodeLenses(document) {
      if (!settings.get("codeLens.deploy")) return [];
      void deployments.wake();
      return deployments.declared
        .filter(({ file }) => file === document.uri.fsPath)
        .map((one) => {
          const { start } = entryRange(context, one);
          const [title, tooltip] = lensWords(context, one, Date.now());
          return new vscode.CodeLens(new vscode.Range(start, start), {
            ...{ title, tooltip },
            command: "millrace.editDeployment",
            arguments: [{ declared: declaredName(one) }],
          });
        });
    },
    dispose() {
      subscription.dispose();
      changed.dispose();
    },
  };
}

function lensWords({ deployments }: Parts, one: Declaration, now: number): readonly [title: string, tooltip: string] {
  const deployed = deployments.deployedAs(one.settings);
  const plan = deployments.planOf(one);
  const [problem] = plan?.problems ?? [];
  if (problem !== undefined) return ["$(warning) Cannot be deployed", `${problem.path} ${problem.message}`];
  if (deployed === undefined) {
    if (!deployments.isKnown) return ["$(cloud-upload) Deploy", "Opens the Deploy page"];
    return ["$(cloud-upload) Deploy", "Declared here, not deployed on this computer"];
  }
  if (plan?.kind === "changed") {
    const what = plan.changes.map(({ path }) => path);
    const isCode = what.every((path) => path.startsWith("code"));
    return [
      isCode ? "$(cloud) Deployed, the code has changed since" : "$(cloud-upload) Differs from what is deployed",
      what.join(", "),
    ];
  }
  return [`$(cloud) Deployed · ${nextWords(deployed, now)}`, `Version ${deployed.version} on this computer`];
}
