/** Deployments in the editor: what there is, the commands, marks in code. Their page is in `pages`, trees in `views`. */
import type { Context } from "../context.ts";
import type { RealFiles } from "../real-files.ts";
import { registerDeploymentCommands } from "./commands.ts";
import { createDeclaredLenses } from "./declared-lens.ts";
import { driftActions, markDrift } from "./drift-marks.ts";

export function registerDeployments(context: Context, files: RealFiles): void {
  const { vscode, deployments, own } = context;
  registerDeploymentCommands(context);
  const marks = markDrift(context, files);
  const code = ["typescript", "typescriptreact", "javascript", "javascriptreact"].map((language) => ({
    ...{ language, scheme: "file" },
  }));
  const declared = { pattern: "**/millrace.json", scheme: "file" };
  own(
    vscode.languages.registerCodeActionsProvider([...code, declared], driftActions(context, marks), {
      providedCodeActionKinds: [vscode.CodeActionKind.QuickFix],
    }),
  );
  own(vscode.languages.registerCodeLensProvider(declared, own(createDeclaredLenses(context))));
  let hasPools = false;
  own(
    deployments.onDidChange(() => {
      const now = deployments.pools.length > 1;
      if (now !== hasPools) void vscode.commands.executeCommand("setContext", "millrace.hasWorkPools", now);
      hasPools = now;
    }),
  );
}
