/** What is known of one file. Plain data: it outlives the syntax it was read from. */
import type { SitePosition, SiteRange } from "../../runtime/protocol/language.ts";
import type { SchemaFact, Target } from "./targets.ts";

export interface FileFacts {
  readonly uri: string;
  /** The document's version when it is open, else null. */
  readonly version: number | null;
  /** It imports from millrace, or defines something with what another module passes on. */
  readonly usesMillrace: boolean;
  readonly definitions: readonly DefinitionFact[];
  readonly calls: readonly CallFact[];
  /** Exported name → what it is; "*" as a name stands for nothing here. */
  readonly exports: ReadonlyMap<string, Target>;
  /** Specifiers of `export * from "…"`. */
  readonly stars: readonly string[];
  /** All modules that it imports or exports from, without Node's own. */
  readonly imports: readonly ImportFact[];
  readonly blockLoads: readonly BlockLoadFact[];
  readonly problems: readonly ProblemFact[];
}

export interface ImportFact {
  readonly specifier: string;
  /** Of the text between the quotes. */
  readonly range: SiteRange;
}

/** `flow({…})` or `task({…})`, or a call that is one when its callee turns out to be. */
export interface DefinitionFact {
  /** What is called: "flow" or "task" of "millrace", or something of another module. */
  readonly callee: Target;
  /** The `name` option, where it is a plain text. */
  readonly name: string | null;
  readonly variable: string | null;
  /** Names it is exported under, its own first. */
  readonly exports: readonly string[];
  readonly range: SiteRange;
  readonly selection: SiteRange;
  readonly body: SiteRange | null;
  /** Null when they cannot be read from the text. */
  readonly parameters: readonly (SchemaFact & { readonly name: string })[] | null;
  /** Schema that stands in another file. */
  readonly parametersFrom: Target | null;
  readonly description: string | null;
  readonly tags: readonly string[];
  /** In a function: made when that is called, and so nothing that can be started. */
  readonly inFunction: boolean;
  /** `const name = flow({…})` that nothing in the file exports or mentions: where "export " would stand. */
  readonly exportAt: SitePosition | null;
  /** Range of the `name` option's text, without quotes. */
  readonly nameRange: SiteRange | null;
}

export interface CallFact {
  readonly callee: Target;
  readonly form: "call" | "map" | "settle" | "with";
  readonly range: SiteRange;
  /** Range of the callee's name. */
  readonly selection: SiteRange;
  /** Place in `definitions` of what the call stands in. */
  readonly within: number | null;
  /** Nobody waits for it: where "await " would stand. */
  readonly floatingAt: SitePosition | null;
}

/** `SomeBlock.load("name")` */
export interface BlockLoadFact {
  /** The class's exported name. */
  readonly block: Target;
  readonly name: string;
  /** Of the text between the quotes. */
  readonly range: SiteRange;
  /** Place in `definitions` of what it stands in. */
  readonly within: number | null;
}

/** What is wrong whatever stands in other files. */
export interface ProblemFact {
  readonly code: "millrace/bad-duration" | "millrace/bad-cron";
  /** What stands there, without quotes. */
  readonly text: string;
  readonly message: string;
  readonly range: SiteRange;
}
