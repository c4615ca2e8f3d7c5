import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { describe, it } from "node:test";
import { connectLocal, isAnswering, listenLocal, localSocketAddress } from "../../../runtime/system/local-socket.ts";
import { temporaryFolder } from "../../support/places.ts";

describe("local sockets", () => {
  it("should have one address for a home and a name, and another for another", () => {
    assert.equal(localSocketAddress("/h", "run.1"), localSocketAddress("/h", "run.1"));
    assert.notEqual(localSocketAddress("/h", "run.1"), localSocketAddress("/h", "run.2"));
    assert.notEqual(localSocketAddress("/h", "run.1"), localSocketAddress("/g", "run.1"));
  });

  it("should stay within what the kernel takes for a path, however deep the home lies", () => {
    const deep = `/${"deep/".repeat(40)}`;
    for (const temporary of ["/tmp", `/var/${"folders/".repeat(12)}`]) {
      assert.ok(Buffer.byteLength(localSocketAddress(deep, "run", "linux", temporary)) <= 100);
    }
    assert.match(localSocketAddress(deep, "run", "win32"), /^\\\\\.\\pipe\\millrace-[0-9a-f]{24}$/);
  });

  it("should keep the socket's folder to its user", async (test) => {
    const address = localSocketAddress(temporaryFolder(test), "run");
    const server = createServer();
    test.after(() => server.close());
    await listenLocal(server, address);
    assert.equal(statSync(path.dirname(address)).mode & 0o077, 0);
  });

  it("should replace a socket file that nobody listens on", async (test) => {
    const address = localSocketAddress(temporaryFolder(test), "run");
    const dead = createServer();
    await listenLocal(dead, address);
    // Node takes the file away on close; a killed process does not.
    const { renameSync } = await import("node:fs");
    renameSync(address, `${address}.kept`);
    await new Promise((resolve) => dead.close(resolve));
    renameSync(`${address}.kept`, address);
    assert.ok(existsSync(address));
    assert.equal(await isAnswering(address), false);

    const server = createServer((socket) => socket.end());
    test.after(() => server.close());
    await listenLocal(server, address);
    (await connectLocal(address)).destroy();
  });

  it("should refuse an address where somebody listens", async (test) => {
    const address = localSocketAddress(temporaryFolder(test), "run");
    const first = createServer((socket) => socket.end());
    const second = createServer();
    test.after(() => first.close());
    await listenLocal(first, address);
    await assert.rejects(listenLocal(second, address), { code: "socket-taken" });
    assert.equal(await isAnswering(address), true);
  });
});
