/**
 * Makes a click on Run quick: the service is up and the open flow files are transformed before the click. Nothing of the
 * workspace is executed, and nothing happens in an untrusted one.
 */
import type * as Vscode from "vscode";
import { toError } from "../../runtime/protocol/errors.ts";
import type { Context, FlowModel } from "../context.ts";
import type { OwnedService } from "./service.ts";

export interface WarmParts {
  readonly context: Pick<Context, "vscode" | "log" | "own">;
  readonly flows: FlowModel;
  readonly service: OwnedService;
}

export function keepWarm({ context, flows, service }: WarmParts): void {
  const { vscode, log, own } = context;
  /** document → version that was prepared. */
  const prepared = new Map<string, number>();

  async function prepare(document: Vscode.TextDocument): Promise<void> {
    const uri = document.uri.toString();
    // One who has stopped the service does not want it back because of an open file.
    if (!vscode.workspace.isTrusted || document.uri.scheme !== "file" || service.wasStopped) return;
    if (!flows.files.get(uri)?.flows.length || document.isDirty || prepared.get(uri) === document.version) return;
    prepared.set(uri, document.version);
    try {
      const client = await service.client();
      await client.request("POST /api/prepare", { body: { file: document.uri.fsPath } });
    } catch (thrown) {
      // The run will tell, when there is one.
      log.info(`prepare ${document.uri.fsPath}: ${toError(thrown).message}`);
    }
  }

  const openDocuments = (): readonly Vscode.TextDocument[] =>
    vscode.window.visibleTextEditors.map(({ document }) => document);
  const prepareAll = (): void => {
    for (const document of openDocuments()) void prepare(document);
  };

  own(flows.onDidChange(prepareAll));
  own(vscode.workspace.onDidSaveTextDocument((document) => void prepare(document)));
  own(vscode.window.onDidChangeActiveTextEditor(prepareAll));
  own(vscode.workspace.onDidGrantWorkspaceTrust(prepareAll));
  own(vscode.workspace.onDidCloseTextDocument((document) => prepared.delete(document.uri.toString())));
}
