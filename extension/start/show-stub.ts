/**
 * TypeScript's server that looked for `millrace` in the moment before its stub was written does not look again until
 * something appears in that place. So the stub is taken away and put back when a file still has the red line.
 */
import { existsSync, renameSync } from "node:fs";
import path from "node:path";
import type * as Vscode from "vscode";
import { newId } from "../../runtime/protocol/ids.ts";
import type { Context } from "../context.ts";
import { findMillrace } from "./packages.ts";
import type { TypesState } from "./types-state.ts";

/** TypeScript's own look may be under way; and what does not help is not done for ever. Milliseconds. */
const patience = 1000;
const attempts = 3;

export function showStub(context: Pick<Context, "vscode" | "own" | "log" | "flows">, types: TypesState): void {
  const { vscode, own, log } = context;
  const tried = new Map<string, number>();
  const waiting = new Set<string>();

  async function lookAgain(uri: Vscode.Uri): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, patience));
    waiting.delete(uri.toString());
    const found = findMillrace(path.dirname(uri.fsPath));
    if (found?.kind !== "stub" || !isUnresolved(uri)) return;
    const before = tried.get(found.folder) ?? 0;
    if (before >= attempts) return;
    tried.set(found.folder, before + 1);
    log.debug(`types of millrace: TypeScript has not seen ${found.folder} yet`);
    putBack(found.folder);
    // Should it not have come back, it is written anew.
    await types.check(uri, "open");
  }

  const isUnresolved = (uri: Vscode.Uri): boolean =>
    vscode.languages.getDiagnostics(uri).some((diagnostic) => isAboutMillrace(diagnostic));

  own(
    vscode.languages.onDidChangeDiagnostics(({ uris }) => {
      if (!vscode.workspace.isTrusted) return;
      for (const uri of uris) {
        if (!context.flows.files.has(uri.toString()) || waiting.has(uri.toString()) || !isUnresolved(uri)) continue;
        waiting.add(uri.toString());
        lookAgain(uri).catch((thrown: unknown) => log.warn(`types of millrace: ${String(thrown)}`));
      }
    }),
  );
}

/** "Cannot find module 'millrace' …", in whatever language. */
export function isAboutMillrace({ code, message }: Pick<Vscode.Diagnostic, "code" | "message">): boolean {
  const number = typeof code === "object" ? code.value : code;
  return Number(number) === 2307 && /\bmillrace\b/.test(message);
}

function putBack(folder: string): void {
  const aside = path.join(path.dirname(folder), `.millrace-${newId()}`);
  renameSync(folder, aside);
  if (!existsSync(folder)) renameSync(aside, folder);
}
