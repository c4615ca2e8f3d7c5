import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { distFolder, temporaryFolder } from "../support/places.ts";
import { startNode } from "../support/zoomcamp.ts";

test("should find both SQL engines and the Parquet parts from the built library", async (t) => {
  const folder = temporaryFolder(t);
  // Two row groups: the second is written by a thread.
  const code = `
    const { EmbeddedWarehouse, Table, writeParquet } = await import(${JSON.stringify(pathToFileURL(path.join(distFolder, "sdk", "blocks.js")).href)});
    const { path } = await writeParquet("a.parquet", Table.of({ n: "int32" }, [{ n: 1 }, { n: 2 }]), { compression: "zstd", rowGroupSize: 1 });
    for (const engine of ["sql.js", "node:sqlite"]) {
      const warehouse = new EmbeddedWarehouse({ file: "w.sqlite", engine });
      const load = await warehouse.loadFromParquet("trips", path);
      console.log(engine, load.rows, load.alreadyLoaded);
      await warehouse.close();
    }`;
  const { code: status, output } = await startNode(["--input-type=module", "-e", code], {
    cwd: folder,
    environment: { HOME: folder, USERPROFILE: folder },
  }).ended;
  assert.equal(status, 0, output);
  assert.equal(output, "sql.js 2 false\nnode:sqlite 2 true\n");
});
