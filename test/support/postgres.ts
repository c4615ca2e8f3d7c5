import { after, before } from "node:test";
import { PostgresDatabase } from "../../runtime/blocks/index.ts";
import { noPostgres, type PostgresOptions, type PostgresServer, startPostgres } from "../services/postgres.ts";

/** For `skip` of tests that need a server. */
export const skip = noPostgres();

/** One server for the tests of a file. `schema()` makes a database block in an empty schema of its own. */
export function postgresForTests(options: PostgresOptions = {}) {
  let server: PostgresServer | undefined;
  before(async () => {
    if (skip === false) server = await startPostgres(options);
  });
  after(() => server?.stop());
  const running = (): PostgresServer => {
    if (server === undefined) throw new Error("the server has not started");
    return server;
  };
  let schemas = 0;
  return {
    server: running,
    async schema(
      t: { after(done: () => Promise<void>): void },
      settings: Partial<ConstructorParameters<typeof PostgresDatabase>[0]> = {},
    ): Promise<PostgresDatabase> {
      const name = `test_${++schemas}`;
      const database = new PostgresDatabase({ url: running().url, query: { search_path: name }, ...settings });
      t.after(() => database.close());
      await database.execute(`CREATE SCHEMA ${name}`);
      return database;
    },
  };
}
