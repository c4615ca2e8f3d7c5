/** What is wrong in a file, each with its way out. Rather silent than wrong: what is not certain is not reported. */
import { type Diagnostic, DiagnosticSeverity, type TextEdit } from "vscode-languageserver/node";
import { type KnownFacts, languageCommands, type SiteRange } from "../../runtime/protocol/language.ts";
import { didYouMean, nearNames } from "../../runtime/protocol/near-names.ts";
import type { DefinitionFact, FileFacts } from "../analysis/facts.ts";
import { blocksModule, millraceModule } from "../analysis/targets.ts";
import type { Place } from "../workspace/names.ts";
import { kindOf, type Modules, resolve } from "../workspace/resolve.ts";
import { labelOf } from "../workspace/sites.ts";
import { blocksOfType, usesIn } from "./blocks.ts";
import { durationMeant } from "./duration-meant.ts";

export interface Finding {
  readonly diagnostic: Diagnostic;
  readonly fixes: readonly Fix[];
}

export type Fix =
  | { readonly title: string; readonly edits: readonly TextEdit[]; readonly isPreferred?: boolean }
  | {
      readonly title: string;
      readonly command: string;
      readonly arguments: readonly unknown[];
      readonly isPreferred?: boolean;
    };

export interface FindingOptions {
  readonly modules: Modules;
  readonly file: FileFacts;
  readonly facts: KnownFacts;
  /** Whether the workspace folder resolves "millrace"; undefined when nobody knows. */
  readonly linked: boolean | undefined;
  /** Flows of the same workspace folder under this name that can be started, in other places. */
  readonly others: (name: string, definition: DefinitionFact) => readonly Place[];
}

export function findings(options: FindingOptions): Finding[] {
  const { file } = options;
  return [
    ...file.definitions.flatMap((definition) => ofDefinition(definition, options)),
    ...floatingCalls(options),
    ...unknownBlocks(options),
    ...file.problems.map((problem) => {
      const meant = problem.code === "millrace/bad-duration" ? durationMeant(problem.text) : undefined;
      const edits = meant === undefined ? [] : [{ range: problem.range, newText: meant }];
      return found(problem.code, DiagnosticSeverity.Error, problem.range, problem.message, [
        ...(meant === undefined ? [] : [{ title: `Change to "${meant}"`, edits, isPreferred: true }]),
      ]);
    }),
    ...missingTypes(options),
  ];
}

function found(
  code: string,
  severity: DiagnosticSeverity,
  range: SiteRange,
  message: string,
  fixes: readonly Fix[] = [],
): Finding {
  return { diagnostic: { code, severity, range, message, source: "Millrace" }, fixes };
}

function ofDefinition(definition: DefinitionFact, { modules, file, others }: FindingOptions): Finding[] {
  if (definition.inFunction || kindOf(modules, file, definition) !== "flow") return [];
  const name = labelOf(definition);
  if (definition.exportAt !== null) {
    const message = `The flow "${name}" is not exported, so it cannot be run, and nothing here calls it.`;
    const edits = [{ range: { start: definition.exportAt, end: definition.exportAt }, newText: "export " }];
    const fix = { title: "Export it", edits, isPreferred: true };
    return [found("millrace/flow-not-exported", DiagnosticSeverity.Warning, definition.selection, message, [fix])];
  }
  if (definition.exports.length === 0 || name === "default") return [];
  const [other, ...more] = others(name, definition);
  if (other === undefined) return [];
  const also = more.length === 0 ? "" : ` and in ${more.length} more ${more.length === 1 ? "place" : "places"}`;
  const message = `Another flow in this folder is named "${name}": ${other.words}${also}. Lists of runs will not tell them apart.`;
  const { diagnostic, fixes } = found(
    "millrace/duplicate-flow-name",
    DiagnosticSeverity.Warning,
    definition.nameRange ?? definition.selection,
    message,
  );
  const relatedInformation = [other, ...more].map(({ uri, range }) => ({
    location: { uri, range },
    message: `The other flow "${name}"`,
  }));
  return [{ diagnostic: { ...diagnostic, relatedInformation }, fixes }];
}

function floatingCalls({ modules, file }: FindingOptions): Finding[] {
  return file.calls.flatMap(({ callee, floatingAt, selection, within }) => {
    if (floatingAt === null || within === null) return [];
    const flow = file.definitions[within];
    if (flow === undefined || kindOf(modules, file, flow) !== "flow") return [];
    const called = resolve(modules, file, callee);
    const kind = called?.kind === "definition" ? kindOf(modules, called.file, called.definition) : undefined;
    if (called?.kind !== "definition" || kind === undefined) return [];
    const message = `Nothing waits for the ${kind} "${labelOf(called.definition)}" here: what follows does not see its result or its failure.`;
    const edits = [{ range: { start: floatingAt, end: floatingAt }, newText: "await " }];
    const fix = { title: "Add await", edits, isPreferred: true };
    return [found("millrace/floating-call", DiagnosticSeverity.Warning, selection, message, [fix])];
  });
}

function unknownBlocks({ modules, file, facts }: FindingOptions): Finding[] {
  if (!facts.blocks_known) return [];
  return usesIn(modules, file, facts).flatMap(({ type, name, range, className }) => {
    // "default" needs no document.
    if (name === "default" || name === "") return [];
    const names = blocksOfType(facts, type).map((block) => block.name);
    if (names.includes(name)) return [];
    const fixes: Fix[] = nearNames(name, names).map((near) => ({
      title: `Change to "${near}"`,
      edits: [{ range, newText: near }],
    }));
    const create = {
      title: `Create the ${className} Block "${name}"…`,
      command: languageCommands.newBlock,
      arguments: [{ slug: type, name }],
    };
    const message = `There is no ${className} block named "${name}".${didYouMean(name, names)}`;
    return [found("millrace/unknown-block", DiagnosticSeverity.Warning, range, message, [...fixes, create])];
  });
}

const typedModules = new Set([millraceModule, blocksModule, "millrace/testing"]);

function missingTypes({ file, linked }: FindingOptions): Finding[] {
  if (linked !== false) return [];
  const first = file.imports.find(({ specifier }) => typedModules.has(specifier));
  if (first === undefined) return [];
  const message = "The types of millrace are not in this folder, so the editor cannot check or complete this file.";
  return [
    found("millrace/types-not-linked", DiagnosticSeverity.Hint, first.range, message, [
      {
        title: "Link the bundled types",
        command: languageCommands.linkTypes,
        arguments: [file.uri],
        isPreferred: true,
      },
      {
        title: "Install millrace (npm i -D millrace), where a registry has it",
        command: languageCommands.installPackage,
        arguments: [file.uri],
      },
    ]),
  ];
}
