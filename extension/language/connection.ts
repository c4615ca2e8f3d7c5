/** What the rest of the extension needs of the language client. The client itself is a bundle of its own. */
import type * as Vscode from "vscode";
import type {
  BlockUse,
  FileFlows,
  KnownFacts,
  LanguageSettings,
  SitePosition,
  StaticGraph,
} from "../../runtime/protocol/language.ts";
import type { VscodeApi } from "../context.ts";

export interface LanguageListeners {
  onFlows(files: readonly FileFlows[]): void;
  onIndexed(): void;
  /** The server has started, also after a crash: it knows nothing yet of what it was told before. */
  onReady(): void;
  /** A block is renamed in code; rejects when it cannot be, and then the code stays as it is. */
  onRenameBlock(block: Pick<BlockUse, "type" | "name"> & { readonly to: string }): Promise<void>;
  /** It crashed too often to be started again. */
  onGivenUp(): void;
}

export interface LanguageConnection {
  graph(uri: string, flow: string): Promise<StaticGraph | null>;
  blockUses(block: Pick<BlockUse, "type" | "name">): Promise<readonly BlockUse[]>;
  blockAt(uri: string, position: SitePosition): Promise<BlockUse | null>;
  tell(facts: KnownFacts): void;
  configure(settings: LanguageSettings): void;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface LanguageOptions {
  readonly vscode: VscodeApi;
  readonly log: Vscode.LogOutputChannel;
  /** The server's program. */
  readonly module: string;
  readonly settings: LanguageSettings;
  readonly listeners: LanguageListeners;
}

export type StartLanguage = (options: LanguageOptions) => Promise<LanguageConnection>;
