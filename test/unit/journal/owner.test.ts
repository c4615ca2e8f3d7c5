import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  type Ownership,
  type OwnershipOptions,
  readOwner,
  type SocketState,
  takeOwnership,
} from "../../../runtime/journal/owner.ts";
import type { Disk } from "../../../runtime/journal/types.ts";
import { homePaths } from "../../../runtime/protocol/home.ts";
import type { WriterIdentity } from "../../../runtime/protocol/records.ts";
import type { ProcessState } from "../../../runtime/system/process-identity.ts";
import { simulatedDisk } from "../../support/simulated-disk.ts";
import { home, writer } from "./fixtures.ts";

function take(disk: Disk, socket: SocketState, state: ProcessState, options: Partial<OwnershipOptions> = {}) {
  return takeOwnership(disk, home, writer, {
    socket: "/run/socket",
    socketProbe: async () => socket,
    processState: () => state,
    heartbeatMs: 30,
    beginningMs: 40,
    ...options,
  });
}

test("should own a new home, tell who owns it, and hand it on at once when it is released", async () => {
  const disk = simulatedDisk();
  const first = await take(disk, "gone", "dead");
  assert.equal(first.epoch, 1);
  assert.partialDeepStrictEqual(readOwner(disk, home), { epoch: 1, writer, socket: "/run/socket" });
  first.release();
  const second = await take(disk, "answers", "alive");
  assert.equal(second.epoch, 2);
  assert.equal(first.isOwner(), false);
  assert.equal(second.isOwner(), true);
});

test("should stand for as long as its own file is there and nobody has taken over", async () => {
  const lost: [string, (disk: Disk, file: string) => void][] = [
    ["removed", (disk, file) => disk.remove(file)],
    ["moved", (disk, file) => disk.rename(file, `${file}.old`)],
    ["another's", (disk, file) => put(disk, file, JSON.stringify({ epoch: 1, socket: "", writer: { pid: 1 } }))],
    ["nonsense", (disk, file) => put(disk, file, "?")],
    ["followed", (disk) => void disk.createExclusive(homePaths.owner(home, 2))],
  ];
  for (const [what, change] of lost) {
    const disk = simulatedDisk();
    const owner = await take(disk, "gone", "dead");
    owner.heartbeat();
    assert.equal(owner.stands(), true, what);
    change(disk, homePaths.owner(home, 1));
    assert.equal(owner.stands(), false, what);
  }
  const disk = simulatedDisk();
  const unreadable: Disk = {
    ...disk,
    readFile: () => {
      throw Object.assign(new Error("too many open files"), { code: "EMFILE" });
    },
  };
  assert.equal((await take(unreadable, "gone", "dead")).stands(), true);
});

function put(disk: Disk, file: string, text: string): void {
  disk.remove(file);
  disk.createExclusive(file).write(Buffer.from(text), 0);
}

test("should take over only when the socket is dead and the process is dead", async () => {
  const expected: [SocketState, ProcessState, string | undefined][] = [
    ["answers", "alive", "home-owned"],
    ["answers", "dead", "home-owned"],
    ["silent", "alive", "not-answering"],
    ["silent", "dead", "not-answering"],
    ["refused", "alive", "not-answering"],
    ["gone", "alive", "not-answering"],
    ["refused", "dead", undefined],
    ["gone", "dead", undefined],
    ["gone", "unknown", "home-owned"],
  ];
  for (const [socket, state, code] of expected) {
    const disk = simulatedDisk();
    const first = await take(disk, "gone", "dead");
    const second = take(disk, socket, state);
    if (code === undefined) assert.equal((await second).epoch, 2);
    else {
      await assert.rejects(second, { code });
      assert.equal(first.isOwner(), true);
    }
  }
});

test("should take over from an owner elsewhere only by force and when its heartbeat stands still", async () => {
  const disk = simulatedDisk();
  const first = await take(disk, "gone", "dead");
  await assert.rejects(take(disk, "gone", "unknown"), { code: "home-owned", message: /--force/ });
  const beating = setInterval(() => first.heartbeat(), 5);
  await assert.rejects(take(disk, "gone", "unknown", { force: true }), { code: "home-owned", message: /heartbeat/ });
  clearInterval(beating);
  assert.equal((await take(disk, "gone", "unknown", { force: true })).epoch, 2);
  assert.equal(first.isOwner(), false);
});

test("should never take by force an owner that is there and does not answer", async () => {
  const disk = simulatedDisk();
  await take(disk, "gone", "dead");
  await assert.rejects(take(disk, "silent", "alive", { force: true }), { code: "not-answering" });
});

test("should pass over an owner that died before it wrote its file", async () => {
  const disk = simulatedDisk();
  disk.makeFolder(home);
  disk.createExclusive(homePaths.owner(home, 1)).close();
  assert.equal((await take(disk, "answers", "alive")).epoch, 2);
});

test("should find out that a number was used before by owners long gone", async () => {
  const disk = simulatedDisk();
  (await take(disk, "gone", "dead")).release();
  let others = 0;
  const sleepy: Partial<OwnershipOptions> = {
    // While it probes, others come and go; the files of the first of them are cleared.
    socketProbe: async () => {
      for (; others < 4; others++) (await take(disk, "gone", "dead", { processState: () => "dead" })).release();
      return "gone";
    },
  };
  disk.remove(homePaths.owner(home, 1));
  disk
    .createExclusive(homePaths.owner(home, 1))
    .write(Buffer.from(JSON.stringify({ epoch: 1, writer, socket: "s", heartbeat: 0 })), 0);
  await assert.rejects(take(disk, "gone", "dead", sleepy), { code: "home-owned" });
});

interface Candidate {
  readonly identity: WriterIdentity;
  ownership: Ownership | undefined;
  alive: boolean;
}

test("should never let two own a home at the same time, however their steps interleave", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.constantFrom("take", "die", "release", "sleep"), { minLength: 3, maxLength: 14 }),
      async (scheduler, acts) => {
        const plain = simulatedDisk();
        const disk: Disk = { ...plain, syncFolder: (folder) => scheduler.schedule(plain.syncFolder(folder)) };
        const candidates: Candidate[] = [];
        const owners = () => candidates.filter(({ alive, ownership }) => alive && ownership?.isOwner() === true);
        const pending: Promise<unknown>[] = [];

        function start(): void {
          const candidate: Candidate = {
            identity: { ...writer, pid: candidates.length },
            ownership: undefined,
            alive: true,
          };
          candidates.push(candidate);
          const stateOf = ({ pid }: WriterIdentity): ProcessState =>
            candidates[pid]?.alive === true ? "alive" : "dead";
          const taken = takeOwnership(disk, home, candidate.identity, {
            socket: String(candidate.identity.pid),
            socketProbe: async (socket) => {
              await scheduler.schedule(Promise.resolve());
              return candidates[Number(socket)]?.alive === true ? "silent" : "gone";
            },
            processState: stateOf,
            beginningMs: 0,
          });
          pending.push(
            taken.then(
              (ownership) => {
                candidate.ownership = ownership;
                assert.ok(owners().length <= 1, `${owners().length} owners`);
              },
              (error: Error & { code?: string }) => {
                assert.ok(error.code === "home-owned" || error.code === "not-answering", String(error));
              },
            ),
          );
        }

        for (const act of acts) {
          const owner = owners()[0];
          if (act === "take") start();
          else if (act === "die" && owner !== undefined) owner.alive = false;
          else if (act === "release" && owner !== undefined) {
            owner.ownership?.release();
            owner.alive = false;
          } else if (scheduler.count() > 0) await scheduler.waitOne();
          assert.ok(owners().length <= 1, `${owners().length} owners`);
        }
        await scheduler.waitFor(Promise.all(pending));
        assert.ok(owners().length <= 1, `${owners().length} owners`);
      },
    ),
    { numRuns: 200 },
  );
});

test("should own a home so that the number is not used again when the machine goes down", async () => {
  for (let seed = 0; seed < 20; seed++) {
    const disk = simulatedDisk();
    disk.makeFolder(home);
    await disk.syncFolder("/");
    await take(disk, "gone", "dead");
    assert.equal(readOwner(disk.crash(seed), home)?.epoch, 1);
  }
});
