import assert from "node:assert/strict";
import { Agent, createServer } from "node:http";
import type { Socket } from "node:net";
import { test } from "node:test";
import { send } from "../../../runtime/client/request.ts";
import { until } from "../../support/until.ts";

test("should ask anew when a connection that lay idle was closed, and once only", async (t) => {
  const sockets = new Set<Socket>();
  let heard = 0;
  let closes = false;
  const server = createServer((request, response) => {
    heard++;
    if (closes) request.socket.resetAndDestroy();
    else response.end("{}");
  });
  server.on("connection", (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const agent = new Agent({ keepAlive: true });
  t.after(() => {
    agent.destroy();
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const ask = () =>
    send({ url: `http://127.0.0.1:${port}`, token: "t" }, { method: "POST", path: "/x", body: {}, agent });
  await ask();
  await until(() => Object.values(agent.freeSockets).flat().length === 1);
  for (const socket of sockets) socket.resetAndDestroy();
  await ask();
  assert.equal(heard, 2);
  await until(() => Object.values(agent.freeSockets).flat().length === 1);
  closes = true;
  await assert.rejects(ask(), { code: "not-answering" });
  assert.equal(heard, 4);
});
