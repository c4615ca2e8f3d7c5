/** The blocks of this home as the editor shows them. */
import type * as Vscode from "vscode";
import type { BlockDocument, BlockType } from "../../runtime/protocol/blocks.ts";
import { toError } from "../../runtime/protocol/errors.ts";
import type { BlockModel, Service, VscodeApi } from "../context.ts";
import { createThrottle } from "../service/throttle.ts";

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
  let isKnown = false;
  let problem: string | null = null;
  let reading: Promise<void> | undefined;
  let isStale = false;

  async function readOnce(): Promise<void> {
    try {
      const client = await service.existing();
      if (client === undefined) return;
      const [known, saved] = await Promise.all([
        client.request("GET /api/block_types"),
        client.request("GET /api/block_documents"),
      ]);
      types = known.block_types;
      documents = saved.block_documents;
      isKnown = true;
      problem = null;
    } catch (thrown) {
      const { message } = toError(thrown);
      if (problem !== message) log.warn(`blocks: ${message}`);
      problem = message;
    }
    changed.fire();
  }

  /** What is asked for while one reads may have changed since: it is read once more. */
  function read(): Promise<void> {
    if (reading !== undefined) {
      isStale = true;
      return reading;
    }
    reading = (async () => {
      do {
        isStale = false;
        await readOnce();
      } while (isStale);
      reading = undefined;
    })();
    return reading;
  }

  const soon = createThrottle(() => void read(), readEvery);

  const subscriptions = [
    service.onDidChangeState((state) => {
      if (state === "connected") void read();
    }),
    service.onEvent((event) => {
      if (event.type === "blocks" || event.type === "reset") soon.call();
    }),
  ];
  if (service.state === "connected") void read();

  return {
    get types() {
      return types;
    },
    get documents() {
      return documents;
    },
    get isKnown() {
      return isKnown;
    },
    get problem() {
      return problem;
    },
    onDidChange: changed.event,
    typeOf: (slug) => types.find((type) => type.slug === slug),
    find: ({ slug, name }) => documents.find((document) => document.block_type_slug === slug && document.name === name),
    read,
    dispose() {
      soon.dispose();
      for (const one of subscriptions) one.dispose();
      changed.dispose();
    },
  };
}
