/** A page's draft as a millrace.json has it, and what writing it would change. Pure. */
import { referenceIn, settingsIn } from "../../runtime/client/millrace-json.ts";
import { readDeclared } from "../../runtime/protocol/declared.ts";
import type { DeployDraft, DraftInput } from "../../runtime/protocol/deploy-page.ts";
import type { DeploymentSettings } from "../../runtime/protocol/deployments.ts";
import { MillraceError } from "../../runtime/protocol/errors.ts";
import { entryOf, removeDeclared, writeDeclared } from "../../runtime/protocol/write-declared.ts";
import type { DeployPlace } from "../context.ts";

export interface DraftText {
  /** What is to be deployed. */
  readonly settings: DeploymentSettings;
  /** The text of the file from now on; undefined where it is left alone. */
  readonly text: string | undefined;
}

/**
 * @param before the file's text; undefined when there is none yet
 * @param cwd where runs begin that no file says anything about
 * @throws MillraceError "bad-file" when the file is broken
 */
export function draftText(
  { flow_file, flow_export, file, declaration, deployment }: DeployPlace,
  { settings, declare }: DraftInput,
  before: string | undefined,
  cwd: string,
): DraftText {
  const own = { ...settings, flow_file, flow_export, cwd: deployment?.cwd ?? cwd };
  if (!declare || file === null) {
    if (declaration === undefined || before === undefined) return { settings: own, text: undefined };
    const { flow, name } = declaration.declared.entry;
    return { settings: own, text: removeDeclared(before, { flow, name }) };
  }
  requireSound(file, before);
  const flow = referenceTo(declaration, file, flow_file, flow_export);
  const kept = declaration?.declared.settings.cwd;
  const entry = { ...entryOf(flow, settings), ...(kept === undefined ? {} : { cwd: kept }) };
  const text = writeDeclared(before, entry, { whole: true });
  const { deployments, problems } = readDeclared(text);
  const declared = deployments.find((one) => one.entry["flow"] === flow && one.settings.name === settings.name);
  if (declared === undefined) {
    const [first] = problems;
    const where = first === undefined ? file : `${file}:${first.line}:${first.column}: ${first.path} ${first.message}`;
    throw new MillraceError("bad-file", `${where}. Nothing was written or deployed.`);
  }
  return { settings: settingsIn(file, declared), text };
}

/** What is no list of deployments would be replaced by one. */
function requireSound(file: string, text: string | undefined): void {
  const first = readDeclared(text?.trim() ? text : "{}").problems.find(
    ({ path }) => path === "" || path === "deployments",
  );
  if (first === undefined) return;
  const { line, column, message } = first;
  throw new MillraceError("bad-file", `${file}:${line}:${column}: ${message}. Nothing was written or deployed.`);
}

/** An entry that is there is found by what stands in it, however it spells the path. */
function referenceTo(
  declaration: DeployPlace["declaration"],
  file: string,
  flowFile: string,
  exported: string,
): string {
  const written = declaration?.declared.entry["flow"];
  const isSame =
    declaration !== undefined &&
    declaration.settings.flow_file === flowFile &&
    declaration.settings.flow_export === exported;
  return isSame && typeof written === "string" ? written : referenceIn(file, flowFile, exported);
}

/** What a page begins with where a file declares the deployment. */
export function declaredDraft({ declared }: NonNullable<DeployPlace["declaration"]>): DeployDraft {
  const { cwd: _cwd, declared_in: _file, ...draft } = declared.settings;
  return draft;
}

export function isSameDraft(one: DeployDraft | null, other: DeployDraft | null): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Lines that a change adds and removes: those between the common beginning and the common end. */
export function changedLines(before: string, after: string): { readonly added: number; readonly removed: number } {
  const lines = (text: string): readonly string[] => (text === "" ? [] : text.replace(/\n$/, "").split("\n"));
  const [old, now] = [lines(before), lines(after)];
  // Each line of one that stands in the other in the same order is neither.
  let row = new Uint32Array(now.length + 1);
  for (const line of old) {
    const next = new Uint32Array(now.length + 1);
    for (const [index, other] of now.entries()) {
      next[index + 1] = line === other ? (row[index] ?? 0) + 1 : Math.max(row[index + 1] ?? 0, next[index] ?? 0);
    }
    row = next;
  }
  const same = row[now.length] ?? 0;
  return { added: now.length - same, removed: old.length - same };
}
