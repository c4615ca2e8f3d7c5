/** What the editor shows in the code about runs. */
import type * as Vscode from "vscode";
import type { Context } from "../context.ts";
import type { RunDocuments } from "../documents/run-documents.ts";
import type { RealFiles } from "../real-files.ts";
import type { OwnedRunModel } from "../service/run-model.ts";
import { createFailureActions } from "./failure-actions.ts";
import { createFailures } from "./failures.ts";
import { createFlowHover } from "./flow-hover.ts";
import { createLastRunLenses } from "./last-run-lens.ts";
import { createTaskHints } from "./task-hints.ts";

export interface CodeParts {
  readonly context: Context;
  readonly runs: OwnedRunModel;
  readonly documents: RunDocuments;
  readonly files: RealFiles;
}

const languages = ["typescript", "typescriptreact", "javascript", "javascriptreact"];

export function registerCode(parts: CodeParts): { clearProblems(): void } {
  const { vscode, own } = parts.context;
  const selector: Vscode.DocumentSelector = languages.map((language) => ({ scheme: "file", language }));
  const lenses = own(createLastRunLenses(parts.context));
  own(vscode.languages.registerCodeLensProvider(selector, lenses));
  const hints = own(createTaskHints(parts));
  own(vscode.languages.registerInlayHintsProvider(selector, hints));
  const failures = own(createFailures(parts));
  own(
    vscode.languages.registerCodeActionsProvider(selector, createFailureActions(vscode, failures), {
      providedCodeActionKinds: [vscode.CodeActionKind.QuickFix],
    }),
  );
  own(vscode.languages.registerHoverProvider(selector, createFlowHover(parts.context, parts.files)));
  return { clearProblems: () => failures.clear() };
}
