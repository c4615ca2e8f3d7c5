/** What importing the built library costs: each of Node's larger modules is milliseconds of every run's start. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import path from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { supportedNodes } from "../support/nodes.ts";
import { distFolder } from "../support/places.ts";

const script = `
const before = new Set(process.moduleLoadList);
await import(process.argv[1]);
const names = process.moduleLoadList.filter((name) => !before.has(name)).map((name) => name.replace(/^NativeModule /, ""));
console.log(JSON.stringify(names));
`;
const heavy = [
  ...["crypto", "zlib", "stream", "stream/promises", "fs/promises", "worker_threads", "child_process"],
  ...["net", "tls", "dns", "dns/promises", "http", "https", "http2", "sqlite", "internal/deps/undici/undici"],
];

for (const { name, binary } of supportedNodes()) {
  for (const entry of ["index", "blocks", "testing"]) {
    test(`should load none of Node's larger modules when only ${entry} is imported, on ${name}`, () => {
      const address = pathToFileURL(path.join(distFolder, "sdk", `${entry}.js`)).href;
      const out = execFileSync(binary, ["--input-type=module", "-e", script, address], { encoding: "utf8" });
      const loaded: readonly string[] = JSON.parse(out);
      assert.deepEqual(
        heavy.filter((each) => loaded.includes(each)),
        [],
      );
    });
  }
}
