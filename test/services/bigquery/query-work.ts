/** What a query job does. */
import { ApiError, object, text } from "./api.ts";
import type { Database, Run } from "./database.ts";
import type { Outcome, Rows } from "./jobs.ts";
import { duckStatements, isSelect, statementType } from "./sql.ts";
import type { Catalog } from "./tables.ts";
import { cell, fieldOf, quoted } from "./types.ts";

export async function query(
  database: Database,
  catalog: Catalog,
  project: string,
  configuration: Record<string, unknown>,
  dryRun: boolean,
): Promise<Outcome> {
  const sql = text(configuration["query"]);
  const statements = await duckStatements({ ...configuration, query: sql }, project);
  const dataset = text(object(configuration["defaultDataset"])["datasetId"]);
  if (dataset !== "") catalog.dataset(project, dataset);
  return database.exclusive(async (run) => {
    await run(`SET search_path = '${dataset === "" ? "main" : quoted(dataset)}'`);
    const bytes = await estimate(run, catalog, sql, dataset);
    const limit = Number(configuration["maximumBytesBilled"] ?? Number.POSITIVE_INFINITY);
    if (bytes > limit) {
      throw new ApiError(
        400,
        "bytesBilledLimitExceeded",
        `Query exceeded limit for bytes billed: ${limit}. ${bytes} or higher required.`,
      );
    }
    const facts = { totalBytesProcessed: String(bytes), statementType: statementType(sql) };
    if (dryRun) {
      const schema = await check(run, statements);
      return {
        statistics: {
          totalBytesProcessed: String(bytes),
          query: { ...facts, ...(schema === undefined ? {} : { schema }) },
        },
      };
    }
    let result: Rows | undefined;
    let changed = 0;
    try {
      for (const statement of statements) {
        const select = isSelect(statement);
        const answer = await run(statement);
        if (select) result = rowsOf(answer);
        else if (/^\s*(insert|update|delete|merge)/i.test(statement))
          changed += Number(answer.getRowsJson()[0]?.[0] ?? 0);
      }
    } catch (error) {
      // A script that fails amidst its transaction leaves nothing of it.
      if (statements.length > 1) await run("ROLLBACK").catch(() => {});
      throw explained(error, project);
    } finally {
      await catalog.refresh(run, project);
    }
    return {
      statistics: {
        totalBytesProcessed: String(bytes),
        query: { ...facts, ...(result === undefined ? { numDmlAffectedRows: String(changed) } : {}) },
      },
      result: result ?? { fields: [], rows: [] },
    };
  });
}

function rowsOf(answer: Awaited<ReturnType<Run>>): Rows {
  const fields = answer.columnNames().map((name, index) => fieldOf(name, answer.columnType(index)));
  const rows = answer.getRows().map((row) => ({
    f: row.map((value, index) => {
      const field = fields[index];
      return field === undefined ? { v: null } : cell(value, field);
    }),
  }));
  return { fields, rows };
}

async function check(run: Run, statements: readonly string[]): Promise<{ fields: unknown } | undefined> {
  const [statement = ""] = statements;
  try {
    if (isSelect(statement)) {
      const described = await run(`SELECT * FROM (${statement}) LIMIT 0`);
      return { fields: described.columnNames().map((name, index) => fieldOf(name, described.columnType(index))) };
    }
    await run(`EXPLAIN ${statement}`);
    return undefined;
  } catch (error) {
    throw explained(error, "");
  }
}

/** The bytes of the columns that the text names, of the tables that it names. */
async function estimate(run: Run, catalog: Catalog, sql: string, defaultDataset: string): Promise<number> {
  const words = new Set(sql.toLowerCase().match(/[\w-]+/g) ?? []);
  const all = /\*/.test(sql.replaceAll(/count\(\s*\*\s*\)/gi, ""));
  let bytes = 0;
  for (const dataset of catalog.datasets.keys()) {
    if (!words.has(dataset.toLowerCase()) && dataset !== defaultDataset) continue;
    for (const table of catalog.tables("", dataset)) {
      if (!words.has(table.tableReference.tableId.toLowerCase()) || table.type === "EXTERNAL") continue;
      bytes += await catalog.logicalBytes(run, table, (name) => all || words.has(name.toLowerCase()));
    }
  }
  return bytes;
}

function explained(error: unknown, project: string): ApiError {
  const said = error instanceof Error ? error.message : String(error);
  const [, table] = /Table with name (\S+) does not exist/.exec(said) ?? [];
  if (table !== undefined) return new ApiError(404, "notFound", `Not found: Table ${project}:${table} was not found`);
  return new ApiError(400, "invalidQuery", said.slice(0, 600));
}
