/**
 * Whether a task's code is still the one that its kept result came from. A run keeps the texts of the sources that it
 * loaded; the task's definition is found in them by its key, and compared with the definition of that key in the file
 * as it is now. Where no definition can be found (a key made at run time), the file of the call is compared whole.
 */
import { readFileSync } from "node:fs";
import type { SourcesRecord } from "../protocol/records.ts";
import { definitionText } from "./definition-text.ts";
import type { TaskFacts } from "./kept-work.ts";
import { readSource } from "./sources.ts";
import type { Disk } from "./types.ts";

type Sources = ReadonlyMap<number, SourcesRecord["files"]>;

/** Undefined when the sources of that execution were not kept. */
export type ChangedTasks = (facts: Pick<TaskFacts, "record" | "segment">, sources: Sources) => boolean | undefined;

/** @param now the present text of a file; undefined when there is none */
export function changedTasks(
  disk: Disk,
  folder: string,
  now: (file: string) => string | undefined = readNow,
): ChangedTasks {
  const before = remembered((hash) => readSource(disk, folder, hash));
  const present = remembered(now);
  const answers = new Map<string, boolean | undefined>();

  const compare = (files: SourcesRecord["files"], key: string, calledIn: string | undefined): boolean | undefined => {
    for (const { file, hash } of files) {
      const text = before(hash);
      const definition = text === undefined ? undefined : definitionText(text, key);
      if (definition !== undefined) return definition !== definitionText(present(file) ?? "", key);
    }
    const caller = files.find(({ file }) => file === calledIn);
    const text = caller === undefined ? undefined : before(caller.hash);
    return caller === undefined || text === undefined ? undefined : text !== present(caller.file);
  };

  return ({ record, segment }, sources) => {
    const files = sources.get(segment);
    if (files === undefined) return undefined;
    const question = JSON.stringify([segment, record.task_key, record.source?.file]);
    if (!answers.has(question)) answers.set(question, compare(files, record.task_key, record.source?.file));
    return answers.get(question);
  };
}

function remembered<Answer>(find: (key: string) => Answer): (key: string) => Answer | undefined {
  const known = new Map<string, Answer>();
  return (key) => {
    if (!known.has(key)) known.set(key, find(key));
    return known.get(key);
  };
}

function readNow(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // A file that is gone has no text: what was defined there is defined no more.
    return undefined;
  }
}
