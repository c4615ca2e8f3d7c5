import { test } from "node:test";
import { storm, stormTimes } from "../support/chaos-storm.ts";
import { freePort, openLine } from "../support/cut-line.ts";
import { openNamespace, whyNoNamespaces } from "../support/namespaces.ts";

Object.assign(process.env, stormTimes);

const runs = Number(process.env["MILLRACE_CHAOS_RUNS"] ?? 500);
/** A minute and a half where nothing else goes on; more on a machine that is busy. */
const bound = { timeout: 240_000 };

test(`should run each of ${runs} runs once, or report it, while workers and orchestrator are killed and cut off`, {
  ...(runs > 500 ? {} : bound),
}, async (t) => {
  const port = await freePort();
  const line = await openLine(t, port);
  const url = `http://127.0.0.1:${port}`;
  await storm(t, { runs, listen: `127.0.0.1:${port}`, line, killed: { url }, cut: { url: line.url } });
});

const reason = whyNoNamespaces();

/** A cable that is pulled says nothing: no connection ends, packets are gone, and both sides wait for what never comes. */
test("should do so over a cable that is pulled, with the worker in a network of its own", {
  ...bound,
  ...(reason === undefined ? {} : { skip: reason }),
}, async (t) => {
  const port = await freePort();
  const network = openNamespace(t);
  const url = `http://${network.host}:${port}`;
  await storm(t, {
    runs: Math.min(runs, 150),
    listen: `${network.host}:${port}`,
    line: network,
    killed: { url },
    cut: { url, inside: network.inside },
  });
});
