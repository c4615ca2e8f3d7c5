/** Block classes asked in processes of their own: the orchestrator loads no code of a user's, and no schema library. */
import type { BlockMessage, BlockTest, BlockType } from "../protocol/blocks.ts";
import type { FieldProblem } from "../protocol/errors.ts";
import { checkBlock, describeBlockModule, type PlainDocument, sayByBlock, testBlock } from "../runner/block-process.ts";
import type { SpawnRunnerOptions } from "../runner/spawn.ts";

export interface BlockModules {
  describe(module: string, cwd: string): Promise<readonly BlockType[]>;
  check(document: PlainDocument, cwd: string | undefined): Promise<readonly FieldProblem[]>;
  test(document: PlainDocument, cwd: string | undefined, signal: AbortSignal): Promise<BlockTest>;
  say(document: PlainDocument, message: BlockMessage, cwd: string | undefined): Promise<string>;
}

export function createBlockModules(place: SpawnRunnerOptions): BlockModules {
  return {
    describe: (module, cwd) => describeBlockModule(module, { ...place, cwd }),
    check: (document, cwd) => checkBlock(document, { ...place, cwd }),
    test: (document, cwd, signal) => testBlock(document, { ...place, cwd, signal }),
    say: (document, message, cwd) => sayByBlock(document, message, { ...place, cwd }),
  };
}
