/**
 * What the editor and the language server say to each other beyond the protocol that all language servers speak.
 * Positions are those of the Language Server Protocol: lines and UTF-16 characters from 0.
 */

export interface SitePosition {
  readonly line: number;
  readonly character: number;
}

export interface SiteRange {
  readonly start: SitePosition;
  readonly end: SitePosition;
}

/** A flow found in a file. Known by file + export; `name` is a label. */
export interface FlowSite {
  /** The flow's `name`, or the variable's where it has none or one that only running it would tell. */
  readonly name: string;
  /** The exported name ("default" for a default export); null when the flow is not exported and can't be started. */
  readonly export: string | null;
  /** The local variable, where there is one. */
  readonly variable: string | null;
  /** Of the whole declaration; lenses stand above its first line. */
  readonly range: SiteRange;
  /** Of the name, for symbols and "go to". */
  readonly selection: SiteRange;
  /** Of the `run` body; what is inside belongs to the flow when the cursor is there. */
  readonly body: SiteRange | null;
  readonly parameters: readonly ParameterSite[];
  /** False when the parameters are no literal `z.object({…})`: only the runner can tell then. */
  readonly parameters_complete: boolean;
  readonly description: string | null;
  readonly tags: readonly string[];
}

/** A parameter as far as it can be read without running anything. */
export interface ParameterSite {
  readonly name: string;
  /** "number", "string", "enum (yellow, green)", the schema's text otherwise. */
  readonly type: string;
  readonly required: boolean;
  /** Source text of the default. */
  readonly default: string | null;
}

export interface TaskSite {
  readonly name: string;
  readonly export: string | null;
  readonly variable: string | null;
  readonly range: SiteRange;
  readonly selection: SiteRange;
}

/** A call of a task or of a flow inside a flow's body; inlay hints stand behind it. */
export interface CallSite {
  /** Name of the task or flow as its definition gives it, where the definition is known. */
  readonly name: string;
  readonly callee: "task" | "flow";
  /** "call", "map", "settle", "with". */
  readonly form: "call" | "map" | "settle" | "with";
  readonly range: SiteRange;
  /** Export or variable of the flow that contains the call. */
  readonly flow: string | null;
}

/** Everything the editor needs of one file. A file without flows and tasks is told with empty lists when it had some. */
export interface FileFlows {
  readonly uri: string;
  /** The document's version when it is open, else null. */
  readonly version: number | null;
  readonly flows: readonly FlowSite[];
  readonly tasks: readonly TaskSite[];
  readonly calls: readonly CallSite[];
}

export type GraphNodeKind = "task" | "subflow" | "branch" | "loop" | "parameters" | "result";

export interface GraphNode {
  readonly id: string;
  readonly kind: GraphNodeKind;
  readonly label: string;
  /** `.map(…)`: runs once per item. */
  readonly mapped: boolean;
  /** The loop or branch that the node is in. */
  readonly parent: string | null;
  /** Where it stands in the source. */
  readonly uri: string;
  readonly range: SiteRange;
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  /** "data": a value goes along; "order": awaited one after the other. */
  readonly kind: "data" | "order";
  readonly label: string | null;
}

/** The graph of a flow as its source tells it, before anything has run. */
export interface StaticGraph {
  readonly uri: string;
  readonly version: number | null;
  readonly flow: string;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  /** What could not be followed, as sentences ("tasks in an array are called by index, line 12"). */
  readonly notes: readonly string[];
}

/** What only the editor knows and the server needs for completion, diagnostics and rename. */
export interface KnownFacts {
  /** Block documents by type slug and name; without any of their values. */
  readonly blocks: readonly { readonly type: string; readonly name: string; readonly description: string | null }[];
  /**
   * Types of blocks: their class, and what code imports it from - "millrace/blocks", the name of a package, or the
   * address of a file.
   */
  readonly block_types: readonly { readonly slug: string; readonly class_name: string; readonly module: string }[];
  /** False until blocks were read once: then no unknown name is reported. */
  readonly blocks_known: boolean;
  /** Whether each workspace folder resolves `import "millrace"`: false adds the diagnostic with its quick fixes. */
  readonly types_linked: Readonly<Record<string, boolean>>;
}

/** A place where code loads a block: `GcsBucket.load("zoom-gcs")`. */
export interface BlockUse {
  readonly type: string;
  readonly name: string;
  readonly uri: string;
  /** The document's version when it is open, else null. */
  readonly version: number | null;
  /** Of the name, without its quotes. */
  readonly range: SiteRange;
  /** The flow or task around it. */
  readonly within: string | null;
}

/** Names of the messages, as in vscode-languageserver's `connection.sendNotification(name, …)`. */
export const languageMessages = {
  /** server → editor: `{ files: FileFlows[] }`, after each change and once for all when the index is there. */
  flows: "millrace/flows",
  /** server → editor: `{ files: number, flows: number }` when the workspace was indexed. */
  indexed: "millrace/indexed",
  /** editor → server: `KnownFacts`. */
  facts: "millrace/facts",
  /** editor → server request: `{ uri, flow }` (export or variable) → `StaticGraph | null`. */
  graph: "millrace/graph",
  /** editor → server request: `{ type, name }` → `BlockUse[]`, all of the workspace. */
  blockUses: "millrace/blockUses",
  /** editor → server request: `{ uri, position }` → the `BlockUse` there, or null. */
  blockAt: "millrace/blockAt",
  /** server → editor request: `{ type, name, to }`, when a block is renamed in code; refused with the reason. */
  renameBlock: "millrace/renameBlock",
} as const;

/** Commands that lenses and quick fixes of the server name; the editor registers them. */
export const languageCommands = {
  run: "millrace.run",
  debug: "millrace.debug",
  deploy: "millrace.deploy",
  linkTypes: "millrace.linkTypes",
  installPackage: "millrace.installPackage",
  editBlock: "millrace.editBlock",
  newBlock: "millrace.newBlock",
  /** Arguments: the uri of the millrace.json, and the automation's place in its list. */
  testAutomation: "millrace.testAutomation",
  /** Argument: the uri of the millrace.json. */
  applyDeployments: "millrace.applyDeployments",
} as const;

/** Argument of the lens commands, and of everything that starts a flow from the editor. */
export interface FlowTarget {
  readonly uri: string;
  /** Export, where there is one. */
  readonly export: string | null;
  readonly name: string;
}

/** `initializationOptions` of the server; changed later by `workspace/didChangeConfiguration` with the same shape. */
export interface LanguageSettings {
  readonly codeLens: { readonly run: boolean; readonly debug: boolean; readonly deploy: boolean };
  /** Globs of `millrace.files.exclude` that are true, besides `node_modules` and hidden folders. */
  readonly exclude: readonly string[];
  /** Workspace trust: only words differ, nothing is ever run by the server. */
  readonly trusted: boolean;
}
