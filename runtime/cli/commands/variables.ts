/** Variables: read from published.json without starting anything; set and deleted by the orchestrator, its only writer. */
import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import { connect, connectOrStart } from "../../client/connect.ts";
import { isRemote } from "../../client/profiles.ts";
import type { Variable } from "../../protocol/api.ts";
import { exitCodes, MillraceError } from "../../protocol/errors.ts";
import { homePaths } from "../../protocol/home.ts";
import { didYouMean } from "../../protocol/near-names.ts";
import type { CommandHandler } from "../command.ts";
import { printJson } from "../json.ts";
import { readValue } from "../run/parameters.ts";
import { layoutColumns } from "../terminal/columns.ts";
import { ageText } from "../terminal/times.ts";
import { oneLine } from "../terminal/width.ts";

type Listed = Pick<Variable, "name" | "value"> & Partial<Variable>;

async function readVariables(home: string): Promise<readonly Listed[]> {
  // Of an orchestrator elsewhere there is nothing on this disk to read instead.
  const client = isRemote(home) ? await connect(home) : await connect(home).catch(() => undefined);
  if (client === undefined) return publishedVariables(home);
  try {
    return (await client.request("GET /api/variables")).variables;
  } finally {
    client.close();
  }
}

export function publishedVariables(home: string): Listed[] {
  let text: string;
  try {
    text = readFileSync(homePaths.published(home), "utf8");
  } catch {
    return [];
  }
  const published: unknown = JSON.parse(text);
  if (typeof published !== "object" || published === null || !("variables" in published)) return [];
  return Object.entries(published.variables ?? {})
    .map(([name, value]) => ({ name, value }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

export const variablesListHandler: CommandHandler = async ({ home, io, json }) => {
  const variables = await readVariables(home);
  if (json) printJson(io, variables);
  else if (!io.terminal) io.out(variables.map(({ name, value }) => `${name}\t${JSON.stringify(value)}\n`).join(""));
  else if (variables.length === 0) io.out("No variables yet. millrace variables set NAME VALUE makes one.\n");
  else {
    const rows = variables.map(({ name, value, tags, updated }) => [
      name,
      oneLine(inspect(value, { breakLength: Number.POSITIVE_INFINITY, depth: 3 })),
      (tags ?? []).join(", "),
      updated === undefined ? "" : ageText(Date.now() - Date.parse(updated)),
    ]);
    const columns = [
      { title: "NAME", shrinkTo: 10 },
      { title: "VALUE", shrinkTo: 10 },
      { title: "TAGS", drop: 1 },
      { title: "AGO", drop: 2 },
    ];
    io.out(
      layoutColumns(columns, rows, io.columns(), io.style.dim)
        .map((line) => `${line}\n`)
        .join(""),
    );
  }
  return exitCodes.completed;
};

export const variablesGetHandler: CommandHandler = async ({ home, input, io, json }) => {
  const name = input.arguments[0] ?? "";
  const variables = await readVariables(home);
  const found = variables.find((variable) => variable.name === name);
  if (found === undefined) throw unknown(name, variables);
  if (json) printJson(io, found);
  // A text as it is, so that $(millrace variables get token) works.
  else io.out(`${typeof found.value === "string" ? found.value : JSON.stringify(found.value)}\n`);
  return exitCodes.completed;
};

export const variablesSetHandler: CommandHandler = async ({ home, input, io, json }) => {
  const [name = "", given = ""] = input.arguments;
  const text = given === "-" ? readFileSync(0, "utf8").replace(/\r?\n$/, "") : given;
  const tags = input.list("tag");
  const client = await connectOrStart(home);
  try {
    const body = { value: readValue(text), ...(tags.length === 0 ? {} : { tags }) };
    const variable = await client.request("PUT /api/variables/:name", { params: { name }, body });
    if (json) printJson(io, variable);
    else io.out(`${io.style.bold(name)} is set.\n`);
    return exitCodes.completed;
  } finally {
    client.close();
  }
};

export const variablesRemoveHandler: CommandHandler = async ({ home, input, io, json }) => {
  const name = input.arguments[0] ?? "";
  const variables = await readVariables(home);
  if (!variables.some((variable) => variable.name === name)) throw unknown(name, variables);
  const client = await connectOrStart(home);
  try {
    await client.request("DELETE /api/variables/:name", { params: { name } });
  } finally {
    client.close();
  }
  if (json) printJson(io, { name, removed: true });
  else io.out(`${io.style.bold(name)} is deleted.\n`);
  return exitCodes.completed;
};

function unknown(name: string, variables: readonly Listed[]): MillraceError {
  const hint =
    didYouMean(
      name,
      variables.map((variable) => variable.name),
    ) || " `millrace variables ls` lists them.";
  return new MillraceError("not-found", `There is no variable "${name}".${hint}`);
}
