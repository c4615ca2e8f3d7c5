import { registerClass } from "../journal/classes.ts";
import { type BlockDocument, isRecord } from "./documents.ts";

interface BlockInstance {
  readonly blockName: string | undefined;
}

/**
 * Lets blocks be inputs and results of tasks. A block that was loaded by name is recorded as that name alone, and
 * found again when the record is read; one made in code is recorded by its settings, which hold no secrets.
 */
export function registerBlock<T extends BlockInstance>(
  type: string,
  constructorFunction: Parameters<typeof registerClass<T>>[1],
  how: {
    find(name: string): T;
    settings(block: T): BlockDocument;
    make(settings: BlockDocument): T;
  },
): void {
  registerClass<T>(`block:${type}`, constructorFunction, {
    write: (block) => (block.blockName === undefined ? how.settings(block) : { $block: block.blockName }),
    read(written) {
      if (!isRecord(written)) throw new TypeError(`block:${type}: expected an object`);
      const name = written["$block"];
      return typeof name === "string" ? how.find(name) : how.make(written);
    },
  });
}
