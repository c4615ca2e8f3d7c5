/**
 * The worker thread that makes snapshots: it walks the path that a recovery takes - last snapshot, what the journals
 * have behind it, export - so the serving index is never blocked by an export, and every snapshot proves that
 * recovery works. Entry of dist/snapshot.cjs.
 */
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { realDisk } from "../../journal/disk.ts";
import { makeSnapshot } from "./make-snapshot.ts";
import type { SnapshotReport, SnapshotTask } from "./snapshot-protocol.ts";

if (!isMainThread && parentPort !== null) {
  const port = parentPort;
  const task: SnapshotTask = workerData;
  // What it throws reaches the orchestrator as the thread's error.
  void makeSnapshot(realDisk, task, (report: SnapshotReport) => port.postMessage(report));
}
