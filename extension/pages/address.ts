/**
 * Addresses of pages and what they stand for. Everything that a page needs to come back after a reload, closing or
 * "back" is in its address; the last segment of the path is the tab's title until the page has said a better one.
 */
import type { FlowTarget } from "../../runtime/protocol/language.ts";
import {
  type BlockName,
  type DeclaredName,
  type HistoryFilter,
  type PageIdentity,
  pageSchemes,
} from "../../runtime/protocol/pages.ts";

/** The parts of a `vscode.Uri`, decoded. */
export interface PageAddress {
  readonly scheme: string;
  readonly path: string;
  readonly query: string;
}

export interface RunAddressOptions {
  /** "etl-parent · calm-otter" */
  readonly title?: string | undefined;
  readonly target?: FlowTarget | undefined;
  readonly again?: string | undefined;
  readonly deployment_id?: string | undefined;
}

export function runAddress(runId: string, options: RunAddressOptions = {}): PageAddress {
  const { title, target, again, deployment_id } = options;
  const { scheme } = pageSchemes.run;
  const query = new URLSearchParams();
  if (target !== undefined) setTarget(query, target);
  if (again !== undefined) query.set("again", again);
  if (deployment_id !== undefined) query.set("deployment", deployment_id);
  const name = segment(title ?? target?.name ?? "Run");
  return { scheme, path: `/${segment(runId)}/${name}`, query: query.toString() };
}

export function historyAddress(filter: HistoryFilter = {}): PageAddress {
  const { scheme } = pageSchemes.history;
  const query = new URLSearchParams();
  for (const key of historyKeys) if (filter[key] !== undefined) query.set(key, filter[key]);
  return { scheme, path: `/${segment(historyTitle(filter))}`, query: query.toString() };
}

export function graphAddress(target: FlowTarget): PageAddress {
  const { scheme } = pageSchemes.graph;
  const query = new URLSearchParams();
  setTarget(query, target);
  return { scheme, path: `/${segment(graphTitle(target))}`, query: query.toString() };
}

export function blockAddress({ slug, name }: BlockName): PageAddress {
  return { scheme: pageSchemes.block.scheme, path: `/${segment(slug)}/${segment(name)}`, query: "" };
}

export interface NewBlockOptions {
  readonly slug?: string | undefined;
  readonly suggested?: string | undefined;
  readonly copy_of?: string | undefined;
}

export function newBlockAddress(options: NewBlockOptions): PageAddress {
  const query = new URLSearchParams();
  for (const key of newBlockKeys) if (options[key] !== undefined) query.set(key, options[key]);
  return { scheme: pageSchemes.block.scheme, path: "/New Block", query: query.toString() };
}

export function deploymentAddress(deploymentId: string, title: string): PageAddress {
  return { scheme: pageSchemes.deployment.scheme, path: `/${segment(deploymentId)}/${segment(title)}`, query: "" };
}

/** Of a flow that has none yet, or of one that a millrace.json declares. */
export function newDeploymentAddress(target: FlowTarget, declared?: DeclaredName): PageAddress {
  const query = new URLSearchParams();
  setTarget(query, target);
  for (const key of declaredKeys) if (declared !== undefined) query.set(`declared_${key}`, declared[key]);
  const title = segment(declared === undefined ? `Deploy ${target.name}` : `${target.name} · ${declared.name}`);
  return { scheme: pageSchemes.deployment.scheme, path: `/${newSegment}/${title}`, query: query.toString() };
}

export function historyTitle(filter: HistoryFilter): string {
  if (filter.backfill_id !== undefined)
    return `Backfill${filter.flow_name === undefined ? "" : ` · ${filter.flow_name}`}`;
  return filter.flow_name === undefined ? "Run History" : `Run History · ${filter.flow_name}`;
}

export function graphTitle(target: FlowTarget): string {
  return `Graph · ${target.name}`;
}

/** What an address stands for, or undefined when nothing does: it was typed by hand or comes from a newer version. */
export function identityOf({ scheme, path, query }: PageAddress): PageIdentity | undefined {
  const asked = new URLSearchParams(query);
  switch (scheme) {
    case pageSchemes.run.scheme: {
      const runId = path.split("/")[1];
      if (!runId) return undefined;
      return { page: "run", run_id: runId, target: targetOf(asked), again: asked.get("again"), ...deploymentOf(asked) };
    }
    case pageSchemes.history.scheme: {
      const filter: Partial<Record<keyof HistoryFilter, string>> = {};
      for (const key of historyKeys) {
        const value = asked.get(key);
        if (value !== null) filter[key] = value;
      }
      return { page: "history", filter };
    }
    case pageSchemes.graph.scheme: {
      const target = targetOf(asked);
      return target === null ? undefined : { page: "graph", target };
    }
    case pageSchemes.block.scheme: {
      const [, slug, name] = path.split("/");
      if (slug && name) return { page: "block", slug, name, suggested: null, copy_of: null };
      const [wanted, suggested, copy_of] = newBlockKeys.map((key) => asked.get(key));
      return {
        page: "block",
        slug: wanted ?? null,
        name: null,
        suggested: suggested ?? null,
        copy_of: copy_of ?? null,
      };
    }
    case pageSchemes.deployment.scheme: {
      const [, id] = path.split("/");
      if (id && id !== newSegment) return { page: "deployment", deployment_id: id, target: null, declared: null };
      const target = targetOf(asked);
      return target === null
        ? undefined
        : { page: "deployment", deployment_id: null, target, declared: declaredOf(asked) };
    }
    default:
      return undefined;
  }
}

/** The title that an address gives by itself. */
export function titleOf({ path }: PageAddress): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Whether two addresses mean the same page: a run is known by its id alone, whatever else its address tells. */
export function isSamePage(one: PageAddress, other: PageAddress): boolean {
  if (one.scheme !== other.scheme) return false;
  if (one.scheme === pageSchemes.run.scheme) return one.path.split("/")[1] === other.path.split("/")[1];
  if (one.scheme === pageSchemes.block.scheme && one.path !== other.path) return false;
  if (one.scheme === pageSchemes.deployment.scheme && one.path.split("/")[1] !== other.path.split("/")[1]) return false;
  const [first, second] = [new URLSearchParams(one.query), new URLSearchParams(other.query)];
  first.sort();
  second.sort();
  return first.toString() === second.toString();
}

const newBlockKeys = ["slug", "suggested", "copy_of"] as const satisfies readonly (keyof NewBlockOptions)[];
/** In the place of an id. */
const newSegment = "new";
const declaredKeys = ["declared_in", "flow", "name"] as const satisfies readonly (keyof DeclaredName)[];
const historyKeys = [
  "flow_file",
  "flow_export",
  "flow_name",
  "backfill_id",
] as const satisfies readonly (keyof HistoryFilter)[];

function setTarget(query: URLSearchParams, target: FlowTarget): void {
  query.set("file", target.uri);
  if (target.export !== null) query.set("export", target.export);
  query.set("flow", target.name);
}

function targetOf(query: URLSearchParams): FlowTarget | null {
  const uri = query.get("file");
  const name = query.get("flow");
  return uri === null || name === null ? null : { uri, export: query.get("export"), name };
}

function declaredOf(query: URLSearchParams): DeclaredName | null {
  const [declared_in, flow, name] = declaredKeys.map((key) => query.get(`declared_${key}`) ?? undefined);
  return declared_in === undefined || flow === undefined || name === undefined ? null : { declared_in, flow, name };
}

function deploymentOf(query: URLSearchParams): { readonly deployment_id: string } | Record<string, never> {
  const deployment_id = query.get("deployment");
  return deployment_id === null ? {} : { deployment_id };
}

/** Text as one segment of a path; what would divide it, or a control character, becomes a dash. */
function segment(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  const plain = text.replace(/[/\\\u0000-\u001f\u007f]+/g, "-").trim();
  // "." and ".." would be resolved away.
  return /^\.*$/.test(plain) ? `-${plain}` : plain;
}
