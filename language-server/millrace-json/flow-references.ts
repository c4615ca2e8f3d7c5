/** What `file:flow` in a millrace.json means. */
import type { FileFlows, FlowSite } from "../../runtime/protocol/language.ts";
import { candidates, encodePart } from "../workspace/specifiers.ts";
import { splitReference } from "./read.ts";

export interface Flows {
  sites(uri: string): FileFlows | undefined;
  /** Every known file that has flows. */
  files(): Iterable<FileFlows>;
}

export interface Reference {
  readonly file: FileFlows;
  /** Undefined when the file has no such flow. */
  readonly flow: FlowSite | undefined;
}

/** Undefined when there is no such file. */
export function resolveReference(flows: Flows, jsonUri: string, text: string): Reference | undefined {
  const parts = splitReference(text);
  if (parts === undefined) return undefined;
  const folder = jsonUri.slice(0, jsonUri.lastIndexOf("/"));
  const segments = folder.split("/");
  for (const part of parts.file.replaceAll("\\", "/").split("/")) {
    if (part === "..") segments.pop();
    else if (part !== "." && part !== "") segments.push(encodePart(part));
  }
  const [address] = candidates(segments.join("/"));
  const file = address === undefined ? undefined : flows.sites(address);
  if (file === undefined) return undefined;
  const flow =
    file.flows.find((each) => each.export === parts.flow) ?? file.flows.find(({ name }) => name === parts.flow);
  return { file, flow };
}

/** `file:flow` of every flow below the folder of the millrace.json, as one writes it there. */
export function references(flows: Flows, jsonUri: string): { readonly text: string; readonly flow: FlowSite }[] {
  const folder = jsonUri.slice(0, jsonUri.lastIndexOf("/") + 1);
  const found: { text: string; flow: FlowSite }[] = [];
  for (const file of flows.files()) {
    if (!file.uri.startsWith(folder)) continue;
    const path = decodeURIComponent(file.uri.slice(folder.length));
    for (const flow of file.flows) if (flow.export !== null) found.push({ text: `${path}:${flow.export}`, flow });
  }
  return found.sort((a, b) => (a.text < b.text ? -1 : 1));
}
