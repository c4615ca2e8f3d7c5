import type { Operation, Route } from "./api.ts";

const routes: readonly (readonly [string, RegExp, Operation])[] = [
  ["GET", /^datasets$/, "datasets.list"],
  ["POST", /^datasets$/, "datasets.insert"],
  ["GET", /^datasets\/(?<dataset>[^/]+)$/, "datasets.get"],
  ["DELETE", /^datasets\/(?<dataset>[^/]+)$/, "datasets.delete"],
  ["GET", /^datasets\/(?<dataset>[^/]+)\/tables$/, "tables.list"],
  ["POST", /^datasets\/(?<dataset>[^/]+)\/tables$/, "tables.insert"],
  ["GET", /^datasets\/(?<dataset>[^/]+)\/tables\/(?<table>[^/]+)$/, "tables.get"],
  ["DELETE", /^datasets\/(?<dataset>[^/]+)\/tables\/(?<table>[^/]+)$/, "tables.delete"],
  ["POST", /^datasets\/(?<dataset>[^/]+)\/tables\/(?<table>[^/]+)\/insertAll$/, "tabledata.insertAll"],
  ["GET", /^datasets\/(?<dataset>[^/]+)\/tables\/(?<table>[^/]+)\/data$/, "tabledata.list"],
  ["POST", /^jobs$/, "jobs.insert"],
  ["GET", /^jobs\/(?<job>[^/]+)$/, "jobs.get"],
  ["POST", /^jobs\/(?<job>[^/]+)\/cancel$/, "jobs.cancel"],
  ["POST", /^queries$/, "jobs.query"],
  ["GET", /^queries\/(?<job>[^/]+)$/, "jobs.getQueryResults"],
];

export function routeOf(method: string, url: URL): Route {
  const match = /^(?<upload>\/upload)?\/bigquery\/v2\/projects\/(?<project>[^/]+)\/(?<rest>.*)$/.exec(url.pathname);
  const { upload, project = "", rest = "" } = match?.groups ?? {};
  const nowhere = {
    operation: "unknown",
    project: decodeURIComponent(project),
    dataset: "",
    table: "",
    job: "",
  } as const;
  if (upload !== undefined) {
    const known = method === "POST" && rest === "jobs" && url.searchParams.get("uploadType") === "multipart";
    return known ? { ...nowhere, operation: "jobs.upload" } : nowhere;
  }
  for (const [verb, pattern, operation] of routes) {
    const found = verb === method ? pattern.exec(rest) : null;
    if (found === null) continue;
    const { dataset = "", table = "", job = "" } = found.groups ?? {};
    return {
      operation,
      project: decodeURIComponent(project),
      dataset: decodeURIComponent(dataset),
      table: decodeURIComponent(table),
      job: decodeURIComponent(job),
    };
  }
  return nowhere;
}

/** What the account needs for an operation, as BigQuery calls it. */
export const permissions: Readonly<Record<Operation, string>> = {
  "datasets.list": "bigquery.datasets.get",
  "datasets.insert": "bigquery.datasets.create",
  "datasets.get": "bigquery.datasets.get",
  "datasets.delete": "bigquery.datasets.delete",
  "tables.list": "bigquery.tables.list",
  "tables.insert": "bigquery.tables.create",
  "tables.get": "bigquery.tables.get",
  "tables.delete": "bigquery.tables.delete",
  "tabledata.insertAll": "bigquery.tables.updateData",
  "tabledata.list": "bigquery.tables.getData",
  "jobs.insert": "bigquery.jobs.create",
  "jobs.upload": "bigquery.jobs.create",
  "jobs.get": "bigquery.jobs.get",
  "jobs.cancel": "bigquery.jobs.update",
  "jobs.query": "bigquery.jobs.create",
  "jobs.getQueryResults": "bigquery.jobs.get",
  unknown: "",
};
