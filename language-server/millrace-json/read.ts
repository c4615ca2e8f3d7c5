/** `millrace.json`, as far as the editor helps with it. Broken text is read as far as it goes. */
import { findNodeAtLocation, type Node, parseTree } from "jsonc-parser";
import type { TextDocument } from "vscode-languageserver-textdocument";
import type { SiteRange } from "../../runtime/protocol/language.ts";

export interface JsonText {
  readonly text: string;
  /** Of the text without quotes. */
  readonly range: SiteRange;
}

export interface MillraceJson {
  /** "file:flow" of each deployment. */
  readonly flows: readonly JsonText[];
  readonly crons: readonly JsonText[];
  readonly intervals: readonly JsonText[];
  readonly timezones: readonly JsonText[];
}

export function isMillraceJson(uri: string): boolean {
  return /(?:^|\/)millrace\.json$/.test(uri);
}

export function readMillraceJson(document: TextDocument): MillraceJson {
  const root = parseTree(document.getText(), [], { allowTrailingComma: true });
  const text = (node: Node | undefined): JsonText[] => {
    if (node?.type !== "string" || typeof node.value !== "string") return [];
    // While a quote is missing the text has none at its end.
    const raw = document.getText().slice(node.offset, node.offset + node.length);
    const end = node.offset + node.length - (raw.length > 1 && raw.endsWith('"') ? 1 : 0);
    return [
      { text: node.value, range: { start: document.positionAt(node.offset + 1), end: document.positionAt(end) } },
    ];
  };
  const list = (node: Node | undefined, key: string): readonly Node[] =>
    (node === undefined ? undefined : findNodeAtLocation(node, [key]))?.children ?? [];
  const deployments = list(root, "deployments");
  const schedules = deployments.flatMap((deployment) => list(deployment, "schedules"));
  const texts = (nodes: readonly Node[], key: string) => nodes.flatMap((node) => text(findNodeAtLocation(node, [key])));
  return {
    flows: texts(deployments, "flow"),
    crons: texts(schedules, "cron"),
    intervals: texts(schedules, "interval"),
    timezones: texts(schedules, "timezone"),
  };
}

/** "flows/etl.ts:etlParent" → file and flow. A drive letter is no flow. */
export function splitReference(text: string): { readonly file: string; readonly flow: string } | undefined {
  const at = text.lastIndexOf(":");
  return at < 2 ? undefined : { file: text.slice(0, at), flow: text.slice(at + 1) };
}
