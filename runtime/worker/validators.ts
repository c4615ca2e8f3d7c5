/** Processes that check parameters while somebody fills in a form: one for each content of a file, kept for a while. */
import { existsSync } from "node:fs";
import path from "node:path";
import type { FieldProblem } from "../protocol/errors.ts";
import type { SpawnRunnerOptions } from "../runner/spawn.ts";
import { startValidator, type Validator } from "../runner/validator.ts";

export interface Validators {
  /** @param content changes with the file and what it imports */
  check(
    file: string,
    content: string,
    flow: string | undefined,
    parameters: Readonly<Record<string, unknown>>,
    snapshot?: string,
  ): Promise<readonly FieldProblem[]>;
  readonly running: () => number;
  close(): void;
}

export interface ValidatorsOptions extends SpawnRunnerOptions {
  /** Milliseconds without a question after which a process ends. */
  readonly idleAfter?: number;
  /** Milliseconds for one answer. */
  readonly limit?: number;
  /** Processes at the same time. */
  readonly most?: number;
}

interface Kept {
  readonly content: string;
  readonly validator: Validator;
  timer: NodeJS.Timeout | undefined;
}

export function createValidators(options: ValidatorsOptions): Validators {
  const { idleAfter = 30_000, limit = 5000, most = 3 } = options;
  const byFile = new Map<string, Kept>();

  const end = (file: string, kept: Kept): void => {
    clearTimeout(kept.timer);
    if (byFile.get(file) === kept) byFile.delete(file);
    kept.validator.close();
  };
  const start = (name: string, file: string, content: string, snapshot: string | undefined): Kept => {
    const pinned = snapshot === undefined ? {} : { snapshot };
    const cwd = existsSync(path.dirname(file)) ? path.dirname(file) : options.home;
    const validator = startValidator({ ...options, file, cwd, limit, ...pinned });
    const kept: Kept = { content, validator, timer: undefined };
    void validator.gone.then(() => end(name, kept));
    return kept;
  };

  return {
    async check(file, content, flow, parameters, snapshot) {
      const name = snapshot === undefined ? file : `${file}\0${snapshot}`;
      const known = byFile.get(name);
      if (known !== undefined && known.content !== content) end(name, known);
      const kept = known?.content === content ? known : start(name, file, content, snapshot);
      // The one asked last stands last.
      byFile.delete(name);
      byFile.set(name, kept);
      const [oldest] = byFile;
      if (byFile.size > most && oldest !== undefined) end(...oldest);
      clearTimeout(kept.timer);
      try {
        return await kept.validator.ask(flow, parameters);
      } finally {
        clearTimeout(kept.timer);
        kept.timer = setTimeout(end, idleAfter, name, kept).unref();
      }
    },
    running: () => byFile.size,
    close() {
      for (const kept of byFile.values()) {
        clearTimeout(kept.timer);
        kept.validator.closeNow();
      }
      byFile.clear();
    },
  };
}
