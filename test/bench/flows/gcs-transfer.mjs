// Measures one transfer to or from the Cloud Storage test server, with a bucket or as a bare HTTP stream.
// Usage: node gcs-transfer.mjs HOW SDK_URL SERVER_URL KEY_FILE FILE → one JSON line. HOW: upload, download, bare-upload, bare-download.
import { createReadStream, createWriteStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import http from "node:http";
import { pipeline } from "node:stream/promises";

const [how, sdk, endpoint, serviceAccountFile, file] = process.argv.slice(2);
const { GcpCredentials, GcsBucket } = await import(sdk);
const gcpCredentials = new GcpCredentials({ serviceAccountFile });
const bucket = new GcsBucket({ bucket: "bench-bucket", gcpCredentials, endpoint });
// Signs in and loads the client: what is measured is the stream.
await bucket.writePath("warm", "warm");

const name = "large";
const ways = {
  upload: () => bucket.uploadFromPath(file, name),
  download: () => bucket.downloadObjectToPath(name, file),
  "bare-upload": async () => {
    const { size } = await stat(file);
    const request = http.request(`${endpoint}/bare/${name}`, { method: "PUT", headers: { "content-length": size } });
    const answered = new Promise((resolve, reject) => request.once("response", resolve).once("error", reject));
    await pipeline(createReadStream(file, { highWaterMark: 1024 * 1024 }), request);
    const response = await answered;
    if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}`);
    response.resume();
  },
  "bare-download": async () => {
    const response = await new Promise((resolve, reject) =>
      http.get(`${endpoint}/bare/${name}`, resolve).once("error", reject),
    );
    if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}`);
    await pipeline(response, createWriteStream(file));
    // A bucket's file is there after a power cut too, so the floor's must be.
    const handle = await open(file, "r+");
    await handle.sync();
    await handle.close();
  },
};
const cpuBefore = process.cpuUsage();
const before = performance.now();
await ways[how]();
const milliseconds = performance.now() - before;
const { user, system } = process.cpuUsage(cpuBefore);
console.log(
  JSON.stringify({ milliseconds, cpu: (user + system) / 1000, peakMegabytes: process.resourceUsage().maxRSS / 1024 }),
);
