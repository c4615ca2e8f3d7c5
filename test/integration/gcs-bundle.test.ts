/**
 * The blocks of Google Cloud as they are shipped: the built library in a folder with no node_modules above it, on every
 * Node that is supported. On Node 24 the client's own download would end the process after one 503.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { startCloud } from "../support/gcs.ts";
import { supportedNodes } from "../support/nodes.ts";
import { distFolder } from "../support/places.ts";

const script = `
import { GcpCredentials, GcsBucket } from "./sdk/blocks.js";
const [keyFile, endpoint] = process.argv.slice(2);
const gcpCredentials = new GcpCredentials({ serviceAccountFile: keyFile });
const bucket = new GcsBucket({ bucket: "trips-bucket", gcpCredentials, endpoint });
await bucket.uploadFromPath("in.bin", "trips.bin");
await bucket.downloadObjectToPath("trips.bin", "out.bin");
const [{ size }] = await bucket.listBlobs();
const answer = await fetch(await bucket.signedUrl("trips.bin"));
const { length } = Buffer.from(await answer.arrayBuffer());
const bigQuery = await gcpCredentials.getBigQueryClient();
console.log(JSON.stringify({ size, length, project: bigQuery.projectId, bigQuery: bigQuery.dataset("trips").id }));
`;

for (const { name, binary } of supportedNodes()) {
  test(`should outlive one 503 on each step of an upload and a download, bundled, on ${name}`, async (t) => {
    const { server, folder, keyFile } = await startCloud(t);
    server.store.createBucket("trips-bucket");
    cpSync(path.join(distFolder, "sdk"), path.join(folder, "sdk"), { recursive: true });
    writeFileSync(path.join(folder, "script.mjs"), script);
    writeFileSync(path.join(folder, "in.bin"), Buffer.alloc(36_000_000, "trips"));
    for (const operation of ["token", "resumable.start", "resumable.write", "objects.get", "objects.media"] as const) {
      server.fail({ operation, times: 1, status: 503 });
    }
    const { stdout } = await promisify(execFile)(binary, ["script.mjs", keyFile, server.url], { cwd: folder });
    const expected = { size: 36_000_000, length: 36_000_000, project: server.key.project_id, bigQuery: "trips" };
    assert.deepEqual(JSON.parse(stdout), expected);
    assert.deepEqual(readFileSync(path.join(folder, "out.bin")), readFileSync(path.join(folder, "in.bin")));
    assert.ok(server.requests.filter(({ operation }) => operation === "objects.media").length >= 2);
  });
}
