/** The server as a process: `node test/services/gcs/main.ts FOLDER [PORT [BUCKET…]]` prints one line of JSON and serves. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { startGcsServer } from "./server.ts";

const [folder = "gcs-data", port = "0", ...buckets] = process.argv.slice(2);
const server = await startGcsServer({ folder, port: Number(port) });
for (const bucket of buckets) {
  if (!server.store.buckets().some(({ name }) => name === bucket)) server.store.createBucket(bucket);
}
const keyFile = path.resolve(folder, "service-account.json");
writeFileSync(keyFile, JSON.stringify(server.key, undefined, 2), { mode: 0o600 });
console.log(JSON.stringify({ url: server.url, tokenUri: server.tokenUri, keyFile, project: server.key.project_id }));
// Whoever started it holds this stream: when that process is gone, so is the server.
process.stdin.resume().once("end", () => process.exit(0));
