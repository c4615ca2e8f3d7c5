/** The blocks of this home as the editor shows them. */
import type * as Vscode from "vscode";
import type { BlockDocument, BlockType } from "../../runtime/protocol/blocks.ts";
import type { BlockModel, Service, VscodeApi } from "../context.ts";
import { createReading } from "../service/reading.ts";

export interface BlockModelParts {
  readonly vscode: VscodeApi;
  readonly service: Service;
  readonly log: Pick<Vscode.LogOutputChannel, "warn">;
}

/** Several may change at once. */
const readEvery = 200;

export function createBlockModel({ vscode, service, log }: BlockModelParts): BlockModel & Vscode.Disposable {
  const changed = new vscode.EventEmitter<void>();
  let types: readonly BlockType[] = [];
  let documents: readonly BlockDocument[] = [];
  const reading = createReading({
    ...{ service, log, what: "blocks", every: readEvery },
    async take(client) {
      const [known, saved] = await Promise.all([
        client.request("GET /api/block_types"),
        client.request("GET /api/block_documents"),
      ]);
      types = known.block_types;
      documents = saved.block_documents;
    },
    isTold: ({ type }) => type === "blocks",
    done: () => changed.fire(),
  });
  return {
    get types() {
      return types;
    },
    get documents() {
      return documents;
    },
    get isKnown() {
      return reading.isKnown;
    },
    get problem() {
      return reading.problem;
    },
    onDidChange: changed.event,
    typeOf: (slug) => types.find((type) => type.slug === slug),
    find: ({ slug, name }) => documents.find((document) => document.block_type_slug === slug && document.name === name),
    read: reading.read,
    dispose() {
      reading.dispose();
      changed.dispose();
    },
  };
}
