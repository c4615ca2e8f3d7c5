// What stands in a page's address → what the editor would have told it.
import { readdirSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { newId } from "../../runtime/protocol/ids.ts";

const fileOf = (url, folder) => {
  const file = url.searchParams.get("file");
  return file === null ? null : path.resolve(folder, file);
};

function targetOf(url, folder) {
  const file = fileOf(url, folder);
  if (file === null) return null;
  const flow = url.searchParams.get("flow");
  return { uri: pathToFileURL(file).href, export: flow, name: url.searchParams.get("name") ?? flow ?? "flow" };
}

export function identityOf(page, url, folder) {
  const get = (key) => url.searchParams.get(key);
  switch (page) {
    case "run":
      return { page, run_id: get("id") ?? newId(), target: targetOf(url, folder), again: get("again") };
    case "history":
      return {
        page,
        filter: {
          ...(get("file") ? { flow_file: fileOf(url, folder) } : {}),
          ...(get("flow") ? { flow_export: get("flow"), flow_name: get("name") ?? get("flow") } : {}),
        },
      };
    case "graph":
      return { page, target: targetOf(url, folder) };
    case "block": {
      const [slug, name, suggested, copy_of] = ["slug", "name", "suggested", "copy_of"].map(get);
      return { page, slug, name, suggested, copy_of };
    }
    default:
      return { page };
  }
}

export function surroundingsOf(url, folder) {
  return {
    trusted: url.searchParams.get("trusted") !== "0",
    service: url.searchParams.get("service") ?? "connected",
    folders: url.searchParams.has("nofolder") ? [] : [folder],
    profile: "",
    features: [],
  };
}

const nowhere = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };

/** The language server's part, from what the runner's describe says: ranges are left out but for the line. */
function siteOf(flow) {
  const properties = flow.parameters?.properties ?? {};
  const line = (flow.line ?? 1) - 1;
  const range = { start: { line, character: 0 }, end: { line, character: 0 } };
  return {
    name: flow.name,
    export: flow.export,
    variable: flow.export,
    range,
    selection: range,
    body: nowhere,
    parameters: Object.entries(properties).map(([name, schema]) => ({
      name,
      type: schema.enum ? `enum (${schema.enum.join(", ")})` : (schema.type ?? "unknown"),
      required: flow.required.includes(name),
      default: schema.default === undefined ? null : JSON.stringify(schema.default),
    })),
    parameters_complete: flow.file !== "",
    description: flow.description ?? null,
    tags: flow.tags,
  };
}

/** `flow` as the address names it; the file alone gives its first flow; none of them a file without flows. */
export async function panelOf(url, folder, client) {
  const file = fileOf(url, folder);
  const workspace_flows = url.searchParams.has("empty") ? 0 : readdirSync(folder).length;
  if (file === null) return { type: "panel", target: null, workspace_flows };
  const wanted = url.searchParams.get("flow");
  const described = await client.request("POST /api/describe", { body: { file } }).catch(() => ({ flows: [] }));
  const flows = described.flows.length > 0 ? described.flows : broken(wanted);
  const flow = flows.find(({ export: name }) => name === wanted) ?? flows[0];
  const { items } = await client.request("POST /api/flow_runs/filter", {
    body: { flow_file: file, flow_export: flow.export, limit: 1 },
  });
  const uri = pathToFileURL(file).href;
  return {
    type: "panel",
    workspace_flows,
    target: {
      target: { uri, export: flow.export, name: flow.name },
      file,
      flow: siteOf(flow),
      siblings: flows
        .filter((other) => other !== flow)
        .map((other) => ({ uri, export: other.export, name: other.name })),
      last_run_id: url.searchParams.has("norun") ? null : (items[0]?.id ?? null),
    },
  };
}

/** A file that cannot be imported still has flows for the language server. */
function broken(wanted) {
  const name = wanted ?? "broken";
  return [{ name, export: name, file: "", line: 1, parameters: null, required: [], tags: [] }];
}
