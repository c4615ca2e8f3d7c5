import type { CodeLens } from "vscode-languageserver/node";
import {
  type FileFlows,
  type FlowTarget,
  type LanguageSettings,
  languageCommands,
} from "../../runtime/protocol/language.ts";

/** The lenses of a file: as many for each flow that can be started, so that code does not jump. */
export function codeLenses(file: FileFlows, settings: LanguageSettings): CodeLens[] {
  const { run, debug, deploy } = settings.codeLens;
  const untrusted = settings.trusted ? "" : ". Trust this folder first.";
  return file.flows.flatMap((flow) => {
    if (flow.export === null) return [];
    const target: FlowTarget = { uri: file.uri, export: flow.export, name: flow.name };
    const lens = (title: string, tooltip: string, command: string): CodeLens => ({
      range: { start: flow.range.start, end: flow.range.start },
      command: { title, tooltip: tooltip + untrusted, command, arguments: [target] },
    });
    return [
      ...(run ? [lens("$(play) Run", `Save the file and run ${flow.name}`, languageCommands.run)] : []),
      ...(debug
        ? [lens("$(debug-alt) Debug", `Run ${flow.name} and stop at breakpoints`, languageCommands.debug)]
        : []),
      ...(deploy
        ? [lens("$(cloud-upload) Deploy", "Give this flow a schedule, or run it elsewhere", languageCommands.deploy)]
        : []),
    ];
  });
}
