/** What runs have left as text: the sources they loaded and their logs, opened in the editor. */
import type * as Vscode from "vscode";
import { MillraceError } from "../../runtime/protocol/errors.ts";
import type { HostCalls } from "../../runtime/protocol/pages.ts";
import { pageSchemes, sourceScheme } from "../../runtime/protocol/pages.ts";
import { isTerminal } from "../../runtime/protocol/states.ts";
import type { Context } from "../context.ts";
import { pathKey } from "../paths.ts";
import type { RealFiles } from "../real-files.ts";
import type { OwnedRunModel } from "../service/run-model.ts";
import { type KeptSource, keptSource, logAddress, logOf, logScheme, sourceAddress } from "./addresses.ts";
import { logText } from "./log-text.ts";
import { provideReadOnlyFiles } from "./read-only-files.ts";

export interface RunDocuments {
  /** A run's path of a file, as the workspace spells it. */
  shown(file: string): string;
  openSource(input: HostCalls["openSource"]["input"]): Promise<null>;
  openLog(input: HostCalls["openLogDocument"]["input"]): Promise<null>;
  /** Beside each other: the kept copy that is shown and the file as it is now. */
  compare(uri: Vscode.Uri): Promise<void>;
  /** The text of a file as a run has loaded it; undefined when it was not kept. */
  keptText(runId: string, hash: string): Promise<string | undefined>;
}

const logLines = 10_000;
const keptTexts = 50;

type Parts = Pick<Context, "vscode" | "service" | "own"> & { readonly runs: OwnedRunModel; readonly files: RealFiles };

export function createRunDocuments({ vscode, service, own, runs, files }: Parts): RunDocuments {
  const texts = new Map<string, Promise<string | undefined>>();

  own(
    provideReadOnlyFiles(vscode, sourceScheme, async (uri) => {
      const source = keptSource(uri);
      const text = source === undefined ? undefined : await documents.keptText(source.run_id, source.hash);
      if (text === undefined) throw vscode.FileSystemError.FileNotFound(uri);
      return text;
    }),
  );
  const logs = own(
    provideReadOnlyFiles(vscode, logScheme, async (uri) => {
      const log = logOf(uri);
      if (log === undefined) throw vscode.FileSystemError.FileNotFound(uri);
      return readLog(log.run_id, log.task_run_id);
    }),
  );
  own(
    runs.onDidChangeRun(({ run, before }) => {
      if (!isTerminal(run.state_type) || before?.state_type === run.state_type) return;
      for (const document of vscode.workspace.textDocuments) {
        if (document.uri.scheme === logScheme && logOf(document.uri)?.run_id === run.id) logs.changed(document.uri);
      }
    }),
  );

  async function readLog(runId: string, taskRunId: string | undefined): Promise<string> {
    const client = await service.client();
    const names = new Map((await runs.tasks(runId)).map((task) => [task.id, task.name]));
    const parts: string[] = [];
    let after = 0;
    for (;;) {
      const page = await client.request("POST /api/flow_runs/:id/logs", {
        params: { id: runId },
        body: { after, limit: logLines, ...(taskRunId === undefined ? {} : { task_run_id: taskRunId }) },
      });
      if (page.logs.length === 0) break;
      parts.push(logText(page.logs, (id) => names.get(id)));
      if (page.next <= after) break;
      after = page.next;
    }
    return parts.join("");
  }

  /** The copy that a run has kept of a file, when the file is another now. */
  async function changedSince(runId: string, file: string): Promise<KeptSource | undefined> {
    const client = await service.existing();
    if (client === undefined) return undefined;
    const { files: kept } = await client.request("GET /api/flow_runs/:id/sources", { params: { id: runId } });
    const key = pathKey(files.real(file));
    const found = kept.find((entry) => pathKey(entry.file) === key);
    if (found === undefined) return undefined;
    const [then, now] = [await documents.keptText(runId, found.hash), await textNow(file)];
    return then === undefined || then === now ? undefined : { run_id: runId, hash: found.hash, file };
  }

  /** What the editor shows of a file, else what the disk has; undefined when it is gone. */
  async function textNow(file: string): Promise<string | undefined> {
    const uri = vscode.Uri.file(file);
    const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
    if (open !== undefined) return open.getText();
    try {
      return withoutMark(Buffer.from(await vscode.workspace.fs.readFile(uri)).toString("utf8"));
    } catch {
      return undefined;
    }
  }

  /** Where the code stands already, else beside the page that was clicked in. */
  function columnFor(uri: Vscode.Uri, beside: boolean): Vscode.ViewColumn {
    const { visibleTextEditors, tabGroups } = vscode.window;
    const open = visibleTextEditors.find((editor) => editor.document.uri.toString() === uri.toString());
    if (open?.viewColumn !== undefined) return open.viewColumn;
    if (beside) return vscode.ViewColumn.Beside;
    const code = tabGroups.all.find((group) => !isPage(group.activeTab));
    return code?.viewColumn ?? vscode.ViewColumn.Beside;
  }

  function isPage(tab: Vscode.Tab | undefined): boolean {
    const schemes: readonly string[] = Object.values(pageSchemes).map(({ scheme }) => scheme);
    return tab?.input instanceof vscode.TabInputCustom && schemes.includes(tab.input.uri.scheme);
  }

  const documents: RunDocuments = {
    shown: files.shown,
    async openSource({ file: given, line, column, run_id, beside = false }) {
      const file = files.shown(given);
      const kept = run_id === undefined ? undefined : await changedSince(run_id, file);
      const now = vscode.Uri.file(file);
      const name = run_id === undefined ? undefined : runs.find(run_id)?.name;
      const uri = kept === undefined ? now : vscode.Uri.from(sourceAddress(sourceScheme, kept, name ?? "as it ran"));
      const at = line === undefined ? undefined : new vscode.Position(line - 1, Math.max(0, (column ?? 1) - 1));
      try {
        await vscode.window.showTextDocument(uri, {
          viewColumn: columnFor(uri, beside),
          preview: kept !== undefined,
          ...(at === undefined ? {} : { selection: new vscode.Range(at, at) }),
        });
      } catch (cause) {
        throw new MillraceError("bad-file", `${file} cannot be opened: it was moved or deleted.`, { cause });
      }
      return null;
    },
    async openLog({ run_id, task_run_id }) {
      const run = runs.find(run_id);
      const task =
        task_run_id === undefined ? undefined : (await runs.tasks(run_id)).find((one) => one.id === task_run_id);
      const title = [run?.flow_name ?? "run", run?.name, task?.name].filter((part) => part !== undefined).join(" · ");
      const log = { run_id, ...(task_run_id === undefined ? {} : { task_run_id }) };
      const uri = vscode.Uri.from(logAddress(log, title));
      // One that was opened before may show an earlier state.
      if (run === undefined || !isTerminal(run.state_type)) logs.changed(uri);
      // As a document of the extension it could not be longer than 50 MB.
      const options = { preview: false, viewColumn: columnFor(uri, false) };
      await vscode.commands.executeCommand("vscode.open", uri, options);
      return null;
    },
    async compare(uri) {
      const source = keptSource(uri);
      if (source === undefined) return;
      const name = runs.find(source.run_id)?.name ?? "as it ran";
      const file = vscode.Uri.file(source.file);
      const title = `${vscode.workspace.asRelativePath(file)} (${name} ↔ now)`;
      await vscode.commands.executeCommand("vscode.diff", uri, file, title);
    },
    keptText(runId, hash) {
      let text = texts.get(hash);
      if (text === undefined) {
        text = service.client().then(async (client) => {
          const params = { id: runId, hash };
          const answer = await client.request("GET /api/flow_runs/:id/sources/:hash", { params });
          return withoutMark(answer.text);
        });
        text = text.catch((thrown: unknown) => {
          texts.delete(hash);
          if (thrown instanceof MillraceError && thrown.code === "not-found") return undefined;
          throw thrown;
        });
        texts.set(hash, text);
        for (const old of [...texts.keys()].slice(0, -keptTexts)) texts.delete(old);
      }
      return text;
    },
  };
  return documents;
}

/** Documents have no byte order mark; files may. */
function withoutMark(text: string): string {
  return text.startsWith("\ufeff") ? text.slice(1) : text;
}
