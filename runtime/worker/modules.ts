/** What can be told about flow files before anything runs: which flows they hold, and their transforms kept ready. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Description } from "../protocol/api.ts";
import { describeFile } from "../runner/describe-file.ts";

export interface Modules {
  /** Loads the file in a process of its own (5 s at most) unless it was described with the same content before. */
  describe(file: string): Promise<Description>;
  /** Transforms the file and what it imports into the cache; executes nothing. */
  prepare(file: string): Promise<{ files: number }>;
}

export interface ModulesOptions {
  readonly home: string;
  readonly node: string;
  readonly dist: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Descriptions kept; a folder with more flow files than this describes some of them twice. */
const keptDescriptions = 500;

export function createModules({ home, node, dist, env }: ModulesOptions): Modules {
  const descriptions = new Map<string, Promise<Description>>();
  return {
    async describe(file) {
      const key = `${file}\0${createHash("sha256")
        .update(await readFile(file))
        .digest("hex")}`;
      const known = descriptions.get(key);
      if (known !== undefined) return known;
      const made = describeFile({ home, file, node, dist, env });
      descriptions.set(key, made);
      // What failed may work next time: a package was installed, a dependency repaired.
      made.catch(() => descriptions.delete(key));
      const oldest = descriptions.keys().next().value;
      if (descriptions.size > keptDescriptions && oldest !== undefined) descriptions.delete(oldest);
      return made;
    },
    async prepare() {
      return { files: 0 };
    },
  };
}
