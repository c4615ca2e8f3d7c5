import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { type LanguageClient, startLanguageServer } from "../support/language-client.ts";
import { atMost, type BenchRow, information, median, percentile } from "./rows.ts";
import { withFolder } from "./spawn.ts";

const flowText = (name: string) => `
export const fetch_${name} = task({
  retries: 3,
  retryDelay: ["1s", "5s"],
  async run(url: string) {
    const response = await fetch(url);
    return { url, size: Number(response.headers.get("content-length") ?? 0) };
  },
});

export const ${name} = flow({
  name: "${name}",
  parameters: z.object({ months: z.array(z.int().min(1).max(12)).default([1, 2]), year: z.int().default(2021) }),
  async run({ months, year }) {
    const sizes: number[] = [];
    for (const month of months) {
      const trips = await fetch_${name}(\`https://example.org/\${year}/\${month}.csv\`);
      if (trips.size === 0) log.warn("nothing there", { month });
      else sizes.push(trips.size);
    }
    return sizes.reduce((sum, size) => sum + size, 0);
  },
});
`;
const imports = `import { flow, log, task, z } from "millrace";\n`;
const otherText = (name: string) =>
  Array.from(
    { length: 25 },
    (_, n) => `export function ${name}_${n}(value: number): number {\n  return value * ${n};\n}\n`,
  ).join("\n");

const now = () => performance.now();

/** Asked of the real server process, over its standard streams. */
export function measureLanguage(): Promise<readonly BenchRow[]> {
  return withFolder(async (folder) => [...(await measureKeystrokes(folder)), ...(await measureIndexing(folder))]);
}

async function measureKeystrokes(folder: string): Promise<readonly BenchRow[]> {
  const client = await startLanguageServer([]);
  try {
    let text = imports;
    for (let n = 0; text.split("\n").length < 2000; n++) text += flowText(`flow${n}`);
    const lines = text.split("\n");
    const uri = pathToFileURL(path.join(folder, "large.ts")).href;
    client.open(uri, text);
    const lenses = () => client.request<unknown[]>("textDocument/codeLens", { textDocument: { uri } });
    await lenses();
    const line = lines.findIndex((each, index) => index > 1000 && each.includes("return sizes"));
    const before = cpuOf(client.process.pid ?? 0);
    const inOrder = await typeAndAsk(client, uri, lenses, line, "  await sleep(10);".repeat(6), 2);
    const halfTyped = await typeAndAsk(client, uri, lenses, line, "  if (months[0] === { a: [".repeat(4), 300);
    const after = cpuOf(client.process.pid ?? 0);
    return [
      atMost("lenses after a keystroke in 2,000 lines, median of 200", median([...inOrder, ...halfTyped]), "ms", 30),
      atMost("the same, p95", percentile([...inOrder, ...halfTyped], 0.95), "ms", 30),
      information("the same, p95 while brackets are open", percentile(halfTyped, 0.95), "ms"),
      ...(before === undefined || after === undefined
        ? []
        : [information("the server's processor time for each of them", (after - before) / 200, "ms")]),
    ];
  } finally {
    await client.stop();
  }
}

/** Milliseconds of processor time so far, in steps of ten; only Linux tells. It is the same on a busy machine. */
function cpuOf(pid: number): number | undefined {
  try {
    const [user = "0", system = "0"] =
      readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ").slice(11, 13) ?? [];
    return (Number(user) + Number(system)) * 10;
  } catch {
    return undefined;
  }
}

/** Types a text one character at a time, and asks for the lenses after each. */
async function typeAndAsk(
  client: LanguageClient,
  uri: string,
  lenses: () => Promise<unknown>,
  line: number,
  text: string,
  firstVersion: number,
): Promise<number[]> {
  const times: number[] = [];
  for (const [character, letter] of [...text].slice(0, 100).entries()) {
    const place = { line, character };
    const begin = now();
    client.change(uri, firstVersion + character, [{ range: { start: place, end: place }, text: letter }]);
    await lenses();
    times.push(now() - begin);
  }
  return times;
}

async function measureIndexing(folder: string): Promise<readonly BenchRow[]> {
  const project = path.join(folder, "project");
  for (let group = 0; group < 50; group++) {
    const place = path.join(project, `area${group}`, "source");
    mkdirSync(place, { recursive: true });
    for (let n = 0; n < 100; n++) {
      const name = `part${group}_${n}`;
      writeFileSync(path.join(place, `${name}.ts`), n % 10 === 0 ? imports + flowText(name) : otherText(name));
    }
  }
  const begin = now();
  const client = await startLanguageServer([project]);
  try {
    await client.until(() => client.indexed !== undefined);
    const took = now() - begin;
    const { files, flows } = client.indexed ?? { files: 0, flows: 0 };
    if (files !== 5000 || flows !== 500) throw new Error(`indexed ${files} files and ${flows} flows`);
    const used = memoryOf(client.process.pid ?? 0);
    return [
      atMost("start and index of 5,000 files with 500 flows", took / 1000, "s", 3),
      ...(used === undefined ? [] : [atMost("most memory of the server meanwhile", used, "MB", 250)]),
    ];
  } finally {
    await client.stop();
  }
}

/** Peak resident memory; only Linux tells. */
function memoryOf(pid: number): number | undefined {
  try {
    const line = /^VmHWM:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    return line?.[1] === undefined ? undefined : Number(line[1]) / 1024;
  } catch {
    return undefined;
  }
}
