/** Inlay hints behind task calls: how the call went in the last run of its flow, where its line is what ran then. */
import type * as Vscode from "vscode";
import { formatDuration } from "../../runtime/protocol/durations.ts";
import type { LastTaskCall } from "../../runtime/protocol/editor-api.ts";
import { toError } from "../../runtime/protocol/errors.ts";
import { stateLook } from "../../runtime/protocol/state-look.ts";
import type { Context } from "../context.ts";
import type { RunDocuments } from "../documents/run-documents.ts";
import { commandLink } from "../markup.ts";
import { pathKey } from "../paths.ts";
import type { RealFiles } from "../real-files.ts";
import type { OwnedRunModel } from "../service/run-model.ts";
import { createThrottle } from "../service/throttle.ts";
import { alignLines, linesOf } from "./align-lines.ts";
import { matchCall, numbered } from "./match-calls.ts";
import { hintText } from "./run-words.ts";

const refreshEvery = 1000;

export interface TaskHintParts {
  readonly context: Pick<Context, "vscode" | "flows" | "service" | "settings" | "log">;
  readonly runs: OwnedRunModel;
  readonly documents: Pick<RunDocuments, "keptText">;
  readonly files: RealFiles;
}

export function createTaskHints(parts: TaskHintParts): Vscode.InlayHintsProvider & Vscode.Disposable {
  const { vscode, flows, service, settings, log } = parts.context;
  const changed = new vscode.EventEmitter<void>();
  /** By file: what its calls did last; gone when a run may have changed it. */
  const last = new Map<string, Promise<readonly LastTaskCall[]>>();
  /** Files whose hints were asked for. */
  const asked = new Set<string>();
  const throttle = createThrottle(() => changed.fire(), refreshEvery);
  let later: NodeJS.Timeout | undefined;

  function stale(file: string): void {
    const key = pathKey(file);
    last.delete(key);
    if (asked.has(key)) throttle.call();
  }

  /** While it waits for hints the editor hears of no change: one that came meanwhile is told when they are there. */
  function tellAgain(): void {
    later ??= setTimeout(() => {
      later = undefined;
      changed.fire();
    }, refreshEvery);
  }

  function callsOf(key: string, file: string): Promise<readonly LastTaskCall[]> {
    let calls = last.get(key);
    if (calls === undefined) {
      calls = read(file);
      last.set(key, calls);
      calls.catch((thrown: unknown) => {
        last.delete(key);
        log.debug(`last task calls of ${file}: ${toError(thrown).message}`);
      });
    }
    return calls;
  }

  async function read(file: string): Promise<readonly LastTaskCall[]> {
    const client = await service.existing();
    return client === undefined ? [] : (await client.request("POST /api/tasks/last", { body: { file } })).calls;
  }

  const ends = [
    parts.runs.onDidChangeRun(({ run }) => stale(run.flow_file)),
    service.onEvent((event) => {
      if (event.type !== "task-runs") return;
      const run = parts.runs.find(event.flow_run_id);
      if (run !== undefined) stale(run.flow_file);
    }),
    service.onDidChangeState(() => {
      last.clear();
      throttle.call();
    }),
    flows.onDidChange(throttle.call),
    settings.onDidChange((change) => {
      if (change.affectsConfiguration("millrace.inlayHints")) changed.fire();
    }),
  ];

  return {
    onDidChangeInlayHints: changed.event,
    async provideInlayHints(document, range) {
      const sites = flows.callsIn(document.uri);
      if (sites.length === 0 || !settings.get("inlayHints", document.uri)) return [];
      const file = parts.files.real(document.uri.fsPath);
      const key = pathKey(file);
      asked.add(key);
      const reading = callsOf(key, file);
      const calls = await reading.catch(() => undefined);
      if (calls === undefined) return [];
      const now = linesOf(document.getText());
      const places = new Map<string, readonly (number | undefined)[]>();
      const hints: Vscode.InlayHint[] = [];
      for (const { call, nth } of numbered(calls)) {
        if (call.source_hash === null) continue;
        let lines = places.get(call.source_hash);
        if (lines === undefined) {
          const then = await parts.documents.keptText(call.flow_run_id, call.source_hash).catch(() => undefined);
          lines = then === undefined ? [] : alignLines(linesOf(then), now);
          places.set(call.source_hash, lines);
        }
        const line = lines[call.line - 1];
        const site = line === undefined ? undefined : matchCall(sites, call, line, nth);
        if (site === undefined) continue;
        const end = new vscode.Position(site.range.end.line, site.range.end.character);
        if (range.contains(end)) hints.push(hintAt(end, call));
      }
      if (last.get(key) !== reading) tellAgain();
      return hints;
    },
    dispose() {
      for (const end of ends) end.dispose();
      throttle.dispose();
      clearTimeout(later);
      changed.dispose();
    },
  };

  function hintAt(position: Vscode.Position, call: LastTaskCall): Vscode.InlayHint {
    const part = new vscode.InlayHintLabelPart(hintText(call));
    const element = { run_id: call.flow_run_id, task_run_id: call.task_run_id };
    const tooltip = new vscode.MarkdownString(undefined, true);
    tooltip.isTrusted = { enabledCommands: ["millrace.openRun"] };
    const { icon, word } = stateLook(call.state_type, call.state_name);
    tooltip.appendMarkdown(`$(${icon}) `).appendText(call.name);
    tooltip.appendMarkdown(` · ${word} in the last run · ${formatDuration(call.duration * 1000)}\n\n`);
    tooltip.appendMarkdown(commandLink("Open Run", "millrace.openRun", element));
    part.tooltip = tooltip;
    const hint = new vscode.InlayHint(position, [part]);
    hint.paddingLeft = true;
    return hint;
  }
}
