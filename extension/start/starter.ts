/** What New Flow writes. Pure. Tests run it, break it, resume it and check its types: change them together. */
import type { FlowName } from "./flow-name.ts";

export interface Starter {
  readonly text: string;
  /** Where the cursor goes, from 0: into the flow's body. */
  readonly line: number;
  readonly character: number;
}

export function starterFlow({ identifier }: FlowName): Starter {
  const lines = [
    'import { artifact, flow, sleep, task, z } from "millrace";',
    "",
    "const count = task({",
    '  name: "count",',
    "  retries: 3, // tried again when it fails, kept once it has completed",
    "  async run(word: string) {",
    '    await sleep("600ms"); // a download, a query',
    "    return { word, letters: word.length };",
    "  },",
    "});",
    "",
    "const report = task({",
    '  name: "report",',
    "  async run(rows: { word: string; letters: number }[]) {",
    '    // throw new Error("try me");',
    '    artifact.table("letters", rows);',
    "    return rows.reduce((sum, row) => sum + row.letters, 0);",
    "  },",
    "});",
    "",
    `export const ${identifier} = flow({`,
    '  parameters: z.object({ words: z.array(z.string()).default(["mill", "race"]) }),',
    "  async run({ words }) {",
    "    const rows = words.map((word) => count(word)); // not awaited: they run at the same time",
    "    return report(rows);",
    "  },",
    "});",
    "",
  ];
  const line = lines.findIndex((text) => text.includes("return report(rows)"));
  return { text: lines.join("\n"), line, character: 4 };
}
