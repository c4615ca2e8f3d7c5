/** What can be told about flow files before anything runs: which flows they hold, and their transforms kept ready. */
import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { Description } from "../protocol/api.ts";
import type { FieldProblem } from "../protocol/errors.ts";
import { describeFile } from "../runner/describe-file.ts";
import { prepareFiles } from "../runner/loader/prepare.ts";
import { takeSnapshot } from "../runner/loader/snapshot-graph.ts";
import { keepSnapshot } from "./keep-snapshot.ts";
import { createValidators } from "./validators.ts";

export interface Modules {
  /** Loads the file in a process of its own (5 s at most) unless it was described with the same content before. */
  describe(file: string, snapshot?: string): Promise<Description>;
  /**
   * What the flow's own schema refuses in the parameters; no flow runs. The process that has loaded the file stays for a
   * while, so that the next answer takes a millisecond or two. @throws MillraceError "load-failed" and what picking a flow may throw.
   */
  validate(
    file: string,
    flow: string | undefined,
    parameters: Readonly<Record<string, unknown>>,
    /** The sources that are asked, instead of those that lie there now. */
    snapshot?: string,
  ): Promise<readonly FieldProblem[]>;
  /** The file and all of the user's own that it imports, kept under the home; with `dry` only its hash is found. */
  snapshot(
    file: string,
    options?: { readonly dry?: boolean; readonly place?: (file: string) => string },
  ): Promise<string>;
  /** Transforms the file and what it imports into the cache; executes nothing. */
  prepare(file: string): Promise<{ files: number }>;
  /** The same, at the cost of a look at the files when none of them changed since the last time. */
  prepareAgain(file: string): Promise<void>;
  close(): void;
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
  const preparing = new Map<string, Promise<readonly string[]>>();

  /** Two at once for one file are one. */
  const prepare = (file: string): Promise<readonly string[]> => {
    const known = preparing.get(file);
    if (known !== undefined) return known;
    const made = prepareFiles(file, home, dist).finally(() => preparing.delete(file));
    preparing.set(file, made);
    return made;
  };
  const stamps = new Map<string, string>();
  const imported = new Map<string, readonly string[]>();
  const validators = createValidators({ home, node, dist, env });

  return {
    async describe(file, snapshot) {
      const key = snapshot ?? (await contentKey(file, await prepare(file)));
      const known = descriptions.get(key);
      if (known !== undefined) return known;
      const made = describeFile({ home, file, node, dist, env, ...(snapshot === undefined ? {} : { snapshot }) });
      descriptions.set(key, made);
      // What failed may work next time: a package was installed, a server came up.
      made.catch(() => descriptions.delete(key));
      const oldest = descriptions.keys().next().value;
      if (descriptions.size > keptDescriptions && oldest !== undefined) descriptions.delete(oldest);
      return made;
    },
    async snapshot(file, { dry = false, ...rest } = {}) {
      const taken = await takeSnapshot(file, { home, dist, ...rest });
      if (!dry) await keepSnapshot(home, taken);
      return taken.hash;
    },
    async validate(file, flow, parameters, snapshot) {
      if (snapshot !== undefined) return validators.check(file, snapshot, flow, parameters, snapshot);
      return validators.check(file, await contentKey(file, await prepare(file)), flow, parameters);
    },
    prepare: async (file) => ({ files: (await prepare(file)).length }),
    async prepareAgain(file) {
      const known = imported.get(file);
      if (known !== undefined && stampOf(known) === stamps.get(file)) return;
      // What is stamped is what was there before: an edit meanwhile is seen next time.
      const before = known === undefined ? undefined : stampOf(known);
      const files = await prepare(file);
      // A file that did not parse tells of no files: it is looked at again until it does.
      if (files.length === 0) return;
      const sameFiles = known !== undefined && files.join("\0") === known.join("\0");
      imported.set(file, files);
      stamps.set(file, sameFiles && before !== undefined ? before : stampOf(files));
    },
    close: validators.close,
  };
}

/** Changes when one of the files is written, replaced or removed. */
function stampOf(files: readonly string[]): string {
  return files
    .map((file) => {
      const found = statSync(file, { bigint: true, throwIfNoEntry: false });
      return found === undefined ? "" : `${found.ino} ${found.size} ${found.mtimeNs}`;
    })
    .join("\n");
}

/** Changes when the file or anything of the user's that it imports does. */
async function contentKey(file: string, imported: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const each of [file, ...imported.toSorted()]) hash.update(each).update(await readFile(each));
  return hash.digest("hex");
}
