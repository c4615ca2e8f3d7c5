/** The lines of code that load a block. Pure. */
import type { BlockType } from "./blocks.ts";

/** `const gcsBucket = await GcsBucket.load("zoom-gcs");` */
export function loadLine({ class_name: className }: Pick<BlockType, "class_name">, name: string): string {
  return `const ${variableOf(className)} = await ${className}.load(${JSON.stringify(name)});`;
}

/** `import { GcsBucket } from "millrace/blocks";` */
export function importLine({ class_name: className }: Pick<BlockType, "class_name">, specifier: string): string {
  return `import { ${className} } from ${JSON.stringify(specifier)};`;
}

/** "GcsBucket" → "gcsBucket", "SQLWarehouse" → "sqlWarehouse". */
export function variableOf(className: string): string {
  return className.replace(/^[A-Z]+(?=[A-Z][a-z])|^[A-Z]+$|^[A-Z]/, (start) => start.toLowerCase());
}
