/**
 * The failing line of each flow's last run, as a diagnostic: there while the line is what ran, gone with an edit of it, with
 * the next good run, or when cleared.
 */
import type * as Vscode from "vscode";
import type { FlowRun } from "../../runtime/protocol/api.ts";
import type { SourceLocation } from "../../runtime/protocol/errors.ts";
import { toError } from "../../runtime/protocol/errors.ts";
import type { Context } from "../context.ts";
import type { RunDocuments } from "../documents/run-documents.ts";
import { pathKey } from "../paths.ts";
import type { RealFiles } from "../real-files.ts";
import type { OwnedRunModel } from "../service/run-model.ts";
import { createThrottle } from "../service/throttle.ts";
import { alignLines, linesOf } from "./align-lines.ts";

export const failureSource = "Millrace";
const checkEvery = 250;

interface Failure {
  readonly run: FlowRun;
  readonly location: SourceLocation;
  /** The text that ran, as lines. */
  readonly ran: readonly string[];
}

export interface FailureParts {
  readonly context: Pick<Context, "vscode" | "flows" | "service" | "log">;
  readonly runs: OwnedRunModel;
  readonly documents: Pick<RunDocuments, "keptText" | "shown">;
  readonly files: RealFiles;
}

export interface Failures extends Vscode.Disposable {
  clear(): void;
  /** The run that a diagnostic is about. */
  runOf(diagnostic: Vscode.Diagnostic): string | undefined;
}

export function createFailures({ context, runs, documents, files }: FailureParts): Failures {
  const { vscode, flows, service, log } = context;
  const collection = vscode.languages.createDiagnosticCollection("millrace-runs");
  const failures = new Map<string, Failure>();
  const cleared = new Set<string>();
  const about = new WeakMap<Vscode.Diagnostic, string>();
  let looking: Promise<void> | undefined;
  let again = false;
  /** Counts drawings: an earlier one that waited for the disk must not draw over a later one. */
  let drawing = 0;
  const throttle = createThrottle(look, checkEvery);

  function look(): void {
    if (looking !== undefined) {
      again = true;
      return;
    }
    looking = read()
      .catch((thrown: unknown) => log.warn(`failing lines could not be read: ${toError(thrown).message}`))
      .finally(() => {
        looking = undefined;
        if (again) {
          again = false;
          look();
        }
      });
  }

  /** Which last runs have failed, and where. */
  async function read(): Promise<void> {
    const wanted = new Map<string, { run: FlowRun; location: SourceLocation }>();
    for (const file of flows.files.values()) {
      const uri = vscode.Uri.parse(file.uri);
      for (const flow of file.flows) {
        const run = runs.lastRun(flows.targetOf(uri, flow));
        const location = run?.error?.location;
        if (run === undefined || location === undefined || !hasFailed(run) || cleared.has(stamp(run))) continue;
        // A parent fails with its subflow, at the same line: told once.
        const line = `${pathKey(location.file)}:${location.line}`;
        const other = wanted.get(line);
        if (other === undefined || other.run.parent_flow_run_id === null) wanted.set(line, { run, location });
      }
    }
    for (const key of failures.keys()) if (!wanted.has(key)) failures.delete(key);
    for (const [key, { run, location }] of wanted) {
      const known = failures.get(key);
      if (known !== undefined && stamp(known.run) === stamp(run)) continue;
      const then = await textThen(run, location.file);
      if (then === undefined) failures.delete(key);
      else failures.set(key, { run, location, ran: linesOf(then) });
    }
    await show();
  }

  async function textThen(run: FlowRun, file: string): Promise<string | undefined> {
    const client = await service.existing();
    if (client === undefined) return undefined;
    const { files: kept } = await client.request("GET /api/flow_runs/:id/sources", { params: { id: run.id } });
    const found = kept.find((entry) => pathKey(entry.file) === pathKey(files.real(file)));
    return found === undefined ? undefined : documents.keptText(run.id, found.hash);
  }

  async function show(): Promise<void> {
    const mine = ++drawing;
    const byFile = new Map<string, { uri: Vscode.Uri; diagnostics: Vscode.Diagnostic[] }>();
    for (const failure of failures.values()) {
      const uri = vscode.Uri.file(documents.shown(failure.location.file));
      const now = await textNow(uri);
      if (now === undefined) continue;
      const lines = linesOf(now);
      const line = alignLines(failure.ran, lines)[failure.location.line - 1];
      if (line === undefined) continue;
      const entry = byFile.get(uri.toString()) ?? { uri, diagnostics: [] };
      entry.diagnostics.push(diagnosticAt(failure, line, lines[line] ?? ""));
      byFile.set(uri.toString(), entry);
    }
    if (mine !== drawing) return;
    collection.clear();
    for (const { uri, diagnostics } of byFile.values()) collection.set(uri, diagnostics);
  }

  function diagnosticAt({ run, location }: Failure, line: number, text: string): Vscode.Diagnostic {
    const first = text.length - text.trimStart().length;
    const last = Math.max(first + 1, text.trimEnd().length);
    const column = Math.min(Math.max(location.column - 1, first), last - 1);
    const range = new vscode.Range(line, column, line, last);
    const error = run.error;
    const message = error === null ? "The flow failed here." : `${error.name}: ${error.message}`;
    const diagnostic = new vscode.Diagnostic(range, message, vscode.DiagnosticSeverity.Error);
    diagnostic.source = failureSource;
    diagnostic.code = `failed in ${run.name}`;
    about.set(diagnostic, run.id);
    return diagnostic;
  }

  async function textNow(uri: Vscode.Uri): Promise<string | undefined> {
    const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
    if (open !== undefined) return open.getText();
    try {
      return Buffer.from(await vscode.workspace.fs.readFile(uri)).toString("utf8");
    } catch {
      return undefined;
    }
  }

  const ends = [
    collection,
    runs.onDidChange(throttle.call),
    flows.onDidChange(throttle.call),
    // At once: a squiggle under a line that one has just mended is a lie.
    vscode.workspace.onDidChangeTextDocument(({ document }) => {
      if (collection.get(document.uri)?.length || failsIn(document.uri)) void show();
    }),
  ];

  function failsIn(uri: Vscode.Uri): boolean {
    const key = pathKey(files.real(uri.fsPath));
    return [...failures.values()].some(({ location }) => pathKey(location.file) === key);
  }

  return {
    clear() {
      drawing++;
      for (const { run } of failures.values()) cleared.add(stamp(run));
      failures.clear();
      collection.clear();
    },
    runOf(diagnostic) {
      const known = about.get(diagnostic);
      if (known !== undefined) return known;
      // The editor hands out copies of what it was given.
      const name = typeof diagnostic.code === "string" ? diagnostic.code.replace(/^failed in /, "") : undefined;
      return [...failures.values()].find(({ run }) => run.name === name)?.run.id;
    },
    dispose() {
      for (const end of ends) end.dispose();
      throttle.dispose();
    },
  };
}

function hasFailed(run: FlowRun): boolean {
  return run.state_type === "FAILED" || run.state_type === "CRASHED";
}

/** A resumed run that fails again is another failure. */
function stamp(run: FlowRun): string {
  return `${run.id} ${run.state.timestamp}`;
}
