/**
 * The seam between the runner and the bundle of `millrace/blocks`, whose export `blocksRuntime` this is: what is asked
 * of block classes without a run.
 */
import type { BlockMessage, BlockTest, BlockType } from "./blocks.ts";
import type { FieldProblem } from "./errors.ts";

type Namespace = Readonly<Record<string, unknown>>;

export interface BlocksRuntime {
  /** The block classes among a module's exports. */
  describe(
    namespace: Namespace,
    options: {
      /** What code imports them from. */
      readonly module: string;
      readonly version: string;
      readonly isProtected: boolean;
      /** The SVG of one of Millrace's own logos. */
      readonly logoOf?: (name: string) => string | undefined;
    },
  ): readonly BlockType[];
  /**
   * What the schema refuses in a document whose secrets stand in it as they are. Nothing is said of values that come
   * from variables or other blocks: those are not of this document.
   */
  check(namespace: Namespace, slug: string, data: Readonly<Record<string, unknown>>): readonly FieldProblem[];
  test(
    namespace: Namespace,
    slug: string,
    data: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<BlockTest>;
  /** Resolves with what the other side said. @throws MillraceError "task-failed", "bad-parameters" where it cannot say that. */
  say(
    namespace: Namespace,
    slug: string,
    data: Readonly<Record<string, unknown>>,
    message: BlockMessage,
  ): Promise<string>;
}
