/** Keeps the index of the disk in step: first reading, changed files, changed folders. */
import type { FileEvent } from "vscode-languageserver/node";
import { FileChangeType } from "vscode-languageserver/node";
import { later } from "../later.ts";
import { filePath } from "./uris.ts";
import type { Workspace } from "./workspace.ts";

export interface WatchingOptions {
  readonly workspace: Workspace;
  /** Of files whose flows may be others now. */
  readonly onChanged: (uris: Iterable<string>) => void;
  readonly onIndexed: (files: number) => void;
  readonly log: (message: string) => void;
}

export interface Watching {
  /** Reads all folders anew, in the background. */
  read(folders: readonly string[], exclude: readonly string[]): void;
  changed(events: readonly FileEvent[]): void;
}

export function watch({ workspace, onChanged, onIndexed, log }: WatchingOptions): Watching {
  /** What happens to files goes through one queue, so that the newest reading of a file is the last. */
  let queue: Promise<void> = Promise.resolve();
  const enqueue = (work: () => Promise<void>) => {
    queue = queue.then(work).catch((error: unknown) => log(`The index of flows: ${String(error)}`));
  };
  const events = new Map<string, FileChangeType>();
  const settle = later(() => {
    const batch = [...events];
    events.clear();
    enqueue(async () => {
      const gone = batch.flatMap(([uri, type]) => (type === FileChangeType.Deleted ? (filePath(uri) ?? []) : []));
      const there = batch.flatMap(([uri, type]) => (type === FileChangeType.Deleted ? [] : (filePath(uri) ?? [])));
      onChanged([...gone.flatMap((file) => workspace.disk.remove(file)), ...(await workspace.disk.update(there))]);
    });
  }, 50);
  return {
    read(folders, exclude) {
      // Not in the queue: a later reading ends an earlier one, whose work would be for nothing.
      const before = [...workspace.disk.uris()];
      const reading = workspace.disk.read(folders, exclude).then((files) => {
        if (files === undefined) return;
        onChanged([...before, ...workspace.disk.uris()]);
        onIndexed(files);
      });
      enqueue(() => reading);
    },
    changed(changes) {
      for (const { uri, type } of changes) events.set(uri, type);
      settle.soon();
    },
  };
}
