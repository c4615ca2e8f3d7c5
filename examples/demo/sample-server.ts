/** Serves sample months over HTTP on this machine, under the names that the real files have. */
import { createServer, type ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { sampleTrips } from "./sample-trips.ts";

export interface SampleServer {
  /** What stands before "/yellow/yellow_tripdata_2021-01.csv.gz". */
  readonly url: string;
  /** Paths asked for, in order. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

export interface SampleServerOptions {
  /** Trips a month. */
  readonly rows: number;
  /** So many requests are answered with 503 before the first file is served. */
  readonly failures?: number;
}

/** Listens on 127.0.0.1, on a port that the system chooses. */
export async function startSampleServer(options: SampleServerOptions): Promise<SampleServer> {
  const requests: string[] = [];
  let failures = options.failures ?? 0;
  const server = createServer((request, response) => {
    requests.push(request.url ?? "");
    const match = /^\/sample\/(yellow|green)\/(?:yellow|green)_tripdata_(\d{4})-(\d{2})\.csv\.gz$/.exec(
      request.url ?? "",
    );
    const color = match?.[1];
    if (failures > 0) {
      failures--;
      response.writeHead(503).end("busy; ask again");
    } else if (color !== "yellow" && color !== "green") response.writeHead(404).end("no such file");
    else {
      const sample = { color, year: Number(match?.[2]), month: Number(match?.[3]), rows: options.rows } as const;
      response.writeHead(200, { "content-type": "application/gzip" });
      if (request.method === "HEAD") response.end();
      else send(response, sampleTrips(sample));
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return {
    url: `http://127.0.0.1:${port}/sample`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function send(response: ServerResponse, text: Iterable<string>): void {
  // A client that goes away in the middle ends the answer, and is no reason to stop serving.
  pipeline(Readable.from(text), createGzip({ level: 1 }), response).catch(() => response.destroy());
}
