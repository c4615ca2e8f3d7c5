/**
 * The bodies that BigQuery takes, as far as our blocks send them: an unknown or ill-typed field is an answer of 400, as
 * it is there. The names and types are those of the REST reference of version 2.
 */
import { ApiError, isObject, type Operation } from "./api.ts";

type Shape = (value: unknown, path: string) => void;

const fail = (path: string, message: string): never => {
  throw new ApiError(400, "invalid", `Invalid JSON payload received. ${message} at '${path}'`);
};
const of =
  (type: "string" | "boolean" | "number"): Shape =>
  (value, path) => {
    if (typeof value !== type) fail(path, `Invalid value, expected ${type}`);
  };
const string = of("string");
const boolean = of("boolean");
/** int64 and int32 fields are taken as numbers and as texts. */
const integer: Shape = (value, path) => {
  if (!/^-?\d+$/.test(String(value))) fail(path, "Invalid value, expected an integer");
};
const integerText: Shape = (value, path) => {
  string(value, path);
  integer(value, path);
};
const anything: Shape = () => {};
const oneOf =
  (...values: string[]): Shape =>
  (value, path) => {
    if (typeof value !== "string" || !values.includes(value)) fail(path, `Invalid value '${String(value)}'`);
  };
const list =
  (item: Shape): Shape =>
  (value, path) => {
    if (!Array.isArray(value)) return fail(path, "Invalid value, expected a list");
    for (const [index, each] of value.entries()) item(each, `${path}[${index}]`);
  };
const map =
  (item: Shape): Shape =>
  (value, path) => {
    if (!isObject(value)) return fail(path, "Invalid value, expected an object");
    for (const [name, each] of Object.entries(value)) item(each, `${path}.${name}`);
  };
const labels: Shape = map((value, path) => {
  if (typeof value !== "string" || !/^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u.test(value)) fail(path, "Invalid label value");
});

function shape(fields: Readonly<Record<string, Shape>>, required: readonly string[] = []): Shape {
  return (value, path) => {
    if (!isObject(value)) return fail(path, "Invalid value, expected an object");
    for (const [name, each] of Object.entries(value)) {
      const known = fields[name];
      if (known === undefined) fail(path, `Unknown name "${name}"`);
      else known(each, path === "" ? name : `${path}.${name}`);
    }
    for (const name of required) if (!(name in value)) fail(path, `Required parameter is missing: ${name}`);
  };
}

const datasetReference = shape({ projectId: string, datasetId: string }, ["datasetId"]);
const tableReference = shape({ projectId: string, datasetId: string, tableId: string }, [
  "projectId",
  "datasetId",
  "tableId",
]);
const fieldTypes =
  "STRING BYTES INTEGER INT64 FLOAT FLOAT64 BOOLEAN BOOL TIMESTAMP DATE TIME DATETIME GEOGRAPHY NUMERIC BIGNUMERIC JSON RECORD STRUCT INTERVAL";
const field: Shape = (value, path) =>
  shape(
    {
      name: string,
      type: oneOf(...fieldTypes.split(" ")),
      mode: oneOf("NULLABLE", "REQUIRED", "REPEATED"),
      fields: list(field),
      description: string,
      precision: integer,
      scale: integer,
      defaultValueExpression: string,
    },
    ["name", "type"],
  )(value, path);
const schema = shape({ fields: list(field) }, ["fields"]);
const layout = {
  timePartitioning: shape({ type: oneOf("HOUR", "DAY", "MONTH", "YEAR"), field: string, expirationMs: integer }, [
    "type",
  ]),
  rangePartitioning: shape({ field: string, range: shape({ start: integer, end: integer, interval: integer }) }, [
    "field",
    "range",
  ]),
  clustering: shape({ fields: list(string) }, ["fields"]),
};
const csv = {
  skipLeadingRows: integer,
  fieldDelimiter: string,
  nullMarker: string,
  allowQuotedNewlines: boolean,
  sourceColumnMatch: oneOf("POSITION", "NAME"),
};
const files = {
  sourceFormat: oneOf("CSV", "NEWLINE_DELIMITED_JSON", "PARQUET"),
  sourceUris: list(string),
  autodetect: boolean,
  ignoreUnknownValues: boolean,
  maxBadRecords: integer,
};
const load = shape(
  {
    ...files,
    ...csv,
    ...layout,
    schema,
    destinationTable: tableReference,
    writeDisposition: oneOf("WRITE_APPEND", "WRITE_TRUNCATE", "WRITE_EMPTY"),
    createDisposition: oneOf("CREATE_IF_NEEDED", "CREATE_NEVER"),
    schemaUpdateOptions: list(oneOf("ALLOW_FIELD_ADDITION", "ALLOW_FIELD_RELAXATION")),
  },
  ["destinationTable", "sourceFormat"],
);
const parameterType: Shape = (value, path) =>
  shape({ type: string, arrayType: parameterType, structTypes: list(shape({ name: string, type: parameterType })) }, [
    "type",
  ])(value, path);
const parameterValue: Shape = (value, path) =>
  shape({
    value: string,
    arrayValues: list(parameterValue),
    structValues: map(parameterValue),
  })(value, path);
const query = shape(
  {
    query: string,
    useLegacySql: boolean,
    parameterMode: oneOf("named", "positional", "NAMED", "POSITIONAL"),
    queryParameters: list(shape({ name: string, parameterType, parameterValue }, ["parameterType", "parameterValue"])),
    defaultDataset: datasetReference,
    maximumBytesBilled: integer,
    useQueryCache: boolean,
    writeDisposition: string,
    destinationTable: tableReference,
  },
  ["query"],
);
const job = shape(
  {
    jobReference: shape({ projectId: string, jobId: string, location: string }, ["projectId", "jobId"]),
    configuration: shape({ load, query, dryRun: boolean, labels, jobTimeoutMs: integer }),
  },
  ["configuration"],
);

const bodies: Partial<Record<Operation, Shape>> = {
  "datasets.insert": shape(
    { datasetReference, location: string, description: string, labels, defaultTableExpirationMs: integer },
    ["datasetReference"],
  ),
  "tables.insert": shape(
    {
      tableReference,
      schema,
      ...layout,
      requirePartitionFilter: boolean,
      description: string,
      labels,
      externalDataConfiguration: shape(
        {
          ...files,
          schema,
          csvOptions: shape({ ...csv, skipLeadingRows: integerText }),
        },
        ["sourceFormat", "sourceUris"],
      ),
    },
    ["tableReference"],
  ),
  "tabledata.insertAll": shape(
    {
      rows: list(shape({ insertId: string, json: map(anything) }, ["json"])),
      skipInvalidRows: boolean,
      ignoreUnknownValues: boolean,
      templateSuffix: string,
    },
    ["rows"],
  ),
  "jobs.insert": job,
  "jobs.upload": job,
};

const queryParameters: Partial<Record<Operation, readonly string[]>> = {
  "datasets.list": ["maxResults", "pageToken"],
  "datasets.delete": ["deleteContents"],
  "tables.list": ["maxResults", "pageToken"],
  "tabledata.list": ["maxResults", "pageToken", "startIndex", "formatOptions.useInt64Timestamp"],
  "jobs.upload": ["uploadType"],
  "jobs.get": ["location"],
  "jobs.cancel": ["location"],
  "jobs.getQueryResults": [
    "location",
    "maxResults",
    "pageToken",
    "startIndex",
    "timeoutMs",
    "formatOptions.useInt64Timestamp",
  ],
};

export function checkBody(operation: Operation, body: unknown): void {
  bodies[operation]?.(body, "");
}

export function checkQuery(operation: Operation, query: URLSearchParams): void {
  const known = ["prettyPrint", ...(queryParameters[operation] ?? [])];
  for (const name of query.keys())
    if (!known.includes(name)) fail("query", `Unknown name "${name}": Cannot bind query parameter`);
}
