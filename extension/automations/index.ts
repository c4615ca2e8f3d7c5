/** Automations in the editor: their messages, a new one, and trying out one that stands in a millrace.json. */
import type { Context } from "../context.ts";
import { showNotifications } from "./notifications.ts";

export function registerAutomations(context: Context): void {
  const { vscode, own } = context;
  const command = (name: string, doing: string, work: (...given: readonly unknown[]) => Promise<void>): void => {
    const handler = (...given: readonly unknown[]) =>
      work(...given).catch((thrown: unknown) => context.report(thrown, doing));
    own(vscode.commands.registerCommand(name, handler));
  };
  // What reads and writes millrace.json loads with the first use.
  command("millrace.newAutomation", "New Automation", async () => {
    await (await import("./new-automation.ts")).newAutomation(context);
  });
  command("millrace.testAutomation", "Testing the automation", async (uri, index) => {
    await (await import("./test-automation.ts")).testAutomation(context, uri, index);
  });
  showNotifications(context);
}
