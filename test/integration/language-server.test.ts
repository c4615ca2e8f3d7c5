import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { startLanguageServer } from "../support/language-client.ts";
import { temporaryFolder } from "../support/places.ts";

interface Lens {
  readonly range: { readonly start: { readonly line: number } };
  readonly command: { readonly title: string; readonly command: string; readonly arguments: readonly unknown[] };
}

const text = `import { flow, task } from "millrace";

export const fetchTrips = task({ async run(url: string) { return url; } });

export const etl = flow({
  name: "my-etl",
  async run() {
    await fetchTrips("x");
  },
});
`;

test("should give lenses for the flows of an open file, and tell the editor of them", async (t) => {
  const folder = temporaryFolder(t);
  const client = await startLanguageServer([folder]);
  t.after(() => client.stop());
  const uri = pathToFileURL(path.join(folder, "etl.ts")).href;
  const lenses = () => client.request<Lens[]>("textDocument/codeLens", { textDocument: { uri } });
  client.open(uri, text);
  assert.deepEqual(
    (await lenses()).map(({ range, command }) => [range.start.line, command.title, command.command, command.arguments]),
    [
      [4, "$(play) Run", "millrace.run", [{ uri, export: "etl", name: "my-etl" }]],
      [4, "$(debug-alt) Debug", "millrace.debug", [{ uri, export: "etl", name: "my-etl" }]],
      [4, "$(cloud-upload) Deploy", "millrace.deploy", [{ uri, export: "etl", name: "my-etl" }]],
    ],
  );
  await client.until(() => client.flows.has(uri));
  const told = client.flows.get(uri);
  assert.deepEqual([told?.version, told?.flows.length, told?.tasks.length], [1, 1, 1]);
  assert.deepEqual(
    told?.calls.map(({ name, flow, form }) => [name, flow, form]),
    [["fetchTrips", "etl", "call"]],
  );

  const top = { line: 0, character: 0 };
  client.change(uri, 2, [{ range: { start: top, end: top }, text: "\n\nconst half = {\n" }]);
  assert.deepEqual(
    (await lenses()).map(({ range }) => range.start.line),
    [7, 7, 7],
  );
  client.notify("workspace/didChangeConfiguration", {
    settings: { codeLens: { run: true, debug: false, deploy: false } },
  });
  assert.equal((await lenses()).length, 1);
  client.change(uri, 3, [{ text: "export {};" }]);
  await client.until(() => client.flows.get(uri)?.flows.length === 0);
});
