import type { VscodeApi } from "../context.ts";
import { NotTrusted } from "../problems.ts";

/** @throws NotTrusted in Restricted Mode. `what` begins the sentence: "Running a flow". */
export function requireTrust(vscode: VscodeApi, what: string): void {
  if (!vscode.workspace.isTrusted) throw new NotTrusted(what);
}
