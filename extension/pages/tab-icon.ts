/** The icon of a page's tab. Tabs take files only, not icons of the icon font. */
import type * as Vscode from "vscode";
import type { Context } from "../context.ts";

const stateIcons: Readonly<Record<string, string>> = {
  SCHEDULED: "scheduled",
  PENDING: "scheduled",
  RUNNING: "running",
  COMPLETED: "completed",
  FAILED: "failed",
  CRASHED: "failed",
  CANCELLING: "cancelled",
  CANCELLED: "cancelled",
  PAUSED: "paused",
};

export type TabIcon = { readonly light: Vscode.Uri; readonly dark: Vscode.Uri };

/** Pages that have no state. */
const pageIcons: ReadonlySet<string> = new Set(["history", "graph", "block", "deployment"]);

/** @param name a state type, or the page's name where it has no state */
export function tabIcon({ vscode, extension }: Pick<Context, "vscode" | "extension">, name: string): TabIcon {
  const file = stateIcons[name] ?? (pageIcons.has(name) ? name : "run");
  const uri = (theme: string) => vscode.Uri.joinPath(extension.extensionUri, "media", "pages", `${file}-${theme}.svg`);
  return { light: uri("light"), dark: uri("dark") };
}
