/** All of Postgres that needs the client library, which is loaded with this file: at the first connection. */
export { testConnection } from "./connection-test.ts";
export { type LoadMode, loadInto, type PostgresLoad } from "./load.ts";
export { type Client, openPool, type Pool } from "./pool.ts";
export {
  copyFrom,
  copyTo,
  executeAll,
  executeOne,
  failed,
  type Lease,
  queryRows,
  readBatches,
  type Use,
} from "./session.ts";
