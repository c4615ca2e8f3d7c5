/** A real HTTP server that keeps what it hears, and answers as it is told. */
import { createServer, type IncomingMessage } from "node:http";
import type { TestContext } from "node:test";

export interface Heard {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export interface Receiver {
  readonly url: string;
  readonly heard: readonly Heard[];
  /** Statuses of the next answers; 200 when there are no more. */
  answer(...statuses: readonly number[]): void;
}

export async function receiver(test: Pick<TestContext, "after">): Promise<Receiver> {
  const heard: Heard[] = [];
  const answers: number[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += chunk;
    heard.push({ method: request.method, url: request.url, headers: request.headers, body });
    response.writeHead(answers.shift() ?? 200).end("heard");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  test.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${port}`, heard, answer: (...statuses) => void answers.push(...statuses) };
}
