/** A millrace.json before and after what a Deploy page would write, as read-only documents for a comparison. */
import type * as Vscode from "vscode";
import type { VscodeApi } from "../context.ts";
import { provideReadOnlyFiles } from "../documents/read-only-files.ts";

export interface PlannedTexts extends Vscode.Disposable {
  set(address: PlannedAddress, text: string): void;
}

export interface PlannedAddress {
  readonly scheme: string;
  readonly path: string;
  readonly query: string;
}

const scheme = "millrace-plan";

/** A file has one comparison at a time: the next one takes its place. */
export function plannedAddress(file: string, which: "before" | "after"): PlannedAddress {
  const path = file.replaceAll("\\", "/");
  return { scheme, path: path.startsWith("/") ? path : `/${path}`, query: which };
}

export function createPlannedTexts(vscode: VscodeApi): PlannedTexts {
  const texts = new Map<string, string>();
  const key = ({ path, query }: Pick<PlannedAddress, "path" | "query">): string => `${path}?${query}`;
  const documents = provideReadOnlyFiles(vscode, scheme, async (uri) => {
    const text = texts.get(key(uri));
    if (text === undefined) throw vscode.FileSystemError.FileNotFound(uri);
    return text;
  });
  return {
    set(address, text) {
      texts.set(key(address), text);
      documents.changed(vscode.Uri.from(address));
    },
    dispose: () => documents.dispose(),
  };
}
