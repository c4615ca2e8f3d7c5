/** Tables among kept values (`blocks/tables/kept-table.ts` writes them), as far as a page has to know them. */
import path from "node:path";
import { registerClassWithFiles } from "../../journal/classes.ts";
import { isValueFile, tableClass } from "../../protocol/kept-tables.ts";

/** Its fields are what is shown where it is a part of something else. */
export class KeptTable {
  readonly rows: unknown;
  readonly columns: unknown;
  readonly #file: string | undefined;

  constructor(written: unknown, folder: string | undefined) {
    const { rows, columns }: { rows?: unknown; columns?: unknown } = Object(written);
    this.rows = rows;
    this.columns = columns;
    this.#file = folder !== undefined && isValueFile(written) ? path.join(folder, written.hash) : undefined;
  }

  /** Where its rows are; undefined when that is not known. */
  get file(): string | undefined {
    return this.#file;
  }
}

registerClassWithFiles(tableClass, KeptTable, {
  write: ({ rows, columns }) => ({ rows, columns }),
  read: (written, folder) => new KeptTable(written, folder),
  fileOf: () => undefined,
  keep: () => Promise.reject(new TypeError("a page keeps no tables")),
});
