/**
 * Blocks as they cross a process: types with their schemas, documents, and what testing one says. A document's fields
 * are spelt as the block's own schema spells them; Prefect's spelling (`bucket_folder`) is taken too where a person or
 * a program gives one.
 */
import type { FieldProblem } from "./errors.ts";

/** What stands in the place of a secret wherever a document is shown. */
export const hiddenSecret = "********";

/** A value of a stored document that is not given as it is. */
export interface SecretReference {
  /** Names the ciphertext secrets/<id>. */
  readonly $secret: string;
}
/** The value of an environment variable of the process that loads the block. */
export interface EnvironmentReference {
  readonly $env: string;
}
/** Another block's document: "<type slug>/<name>". */
export interface BlockReference {
  readonly $block: string;
}

export interface BlockSchema {
  /** "sha256:…" of the fields' schema, so that a document knows which one it was written with. */
  readonly checksum: string;
  /** The version of the package that has the type, "0.1.0", or "non-versioned" for a type of a workspace file. */
  readonly version: string;
  /** JSON Schema (draft 2020-12) of the document, an object. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Paths of fields that hold secrets, as "password" or "connection.password". */
  readonly secret_fields: readonly string[];
  /** Path of a field → slug of the type that it refers to. */
  readonly block_references: Readonly<Record<string, string>>;
}

export interface BlockType {
  /** "gcs-bucket": unique in a home. */
  readonly slug: string;
  /** "GCS Bucket" */
  readonly name: string;
  /** The class as code imports it, "GcsBucket". */
  readonly class_name: string;
  /** What code imports it from: "millrace/blocks", the name of a package, or the absolute path of a file. */
  readonly module: string;
  readonly description: string;
  /** An SVG as text; null where the type brings none. */
  readonly logo: string | null;
  /** Groups the gallery: "Storage", "Databases", "Credentials", "Notifications", "Infrastructure", "General". */
  readonly category: string;
  readonly code_example: string;
  /** Built in: comes with Millrace and cannot be removed. */
  readonly is_protected: boolean;
  readonly schema: BlockSchema;
  /** Whether its class says how it is tested. */
  readonly testable: boolean;
}

/** What is to be said of a stored document whose type's schema is another now. */
export interface SchemaDrift {
  /** Fields that the schema has and the document was not asked for. `required` ones must be given before it loads. */
  readonly added: readonly { readonly field: string; readonly required: boolean }[];
  /** Fields of the document that the schema does not know any more, each with the field that it may be called now. */
  readonly removed: readonly { readonly field: string; readonly renamed_to: string | null }[];
  /** Fields whose value the schema refuses now. */
  readonly refused: readonly FieldProblem[];
}

export interface BlockDocument {
  readonly id: string;
  /** Unique among the documents of its type. */
  readonly name: string;
  readonly block_type_slug: string;
  readonly block_type_name: string;
  /** Plain values, `hiddenSecret` for saved secrets, references as they are. */
  readonly data: Readonly<Record<string, unknown>>;
  /** Grows with each change. */
  readonly version: number;
  readonly created: string;
  readonly updated: string;
  readonly schema_checksum: string;
  /** Null when the document is of the schema of now. */
  readonly drift: SchemaDrift | null;
  /** Secret fields that were saved with another key than the home has now: they must be entered again. */
  readonly unreadable_secrets: readonly string[];
  /** False for a type that nobody has registered here: the document is kept and shown, but cannot be changed. */
  readonly type_known: boolean;
  /** What declares the type, or did when the block was saved: see `BlockType.module`. Null when nobody has noted it. */
  readonly type_module: string | null;
}

/** What uses a block: other documents by reference. Flows that name it are found by the editor in their text. */
export interface BlockUsers {
  readonly documents: readonly { readonly block_type_slug: string; readonly name: string; readonly field: string }[];
  /** Not told by services of earlier versions. `declared_in`: the millrace.json that says the same. */
  readonly deployments?: readonly {
    readonly id: string;
    /** "flow/name" */
    readonly title: string;
    readonly field: string;
    readonly declared_in: string | null;
  }[];
  readonly work_pools?: readonly { readonly name: string }[];
  readonly automations?: readonly {
    readonly id: string;
    readonly name: string;
    readonly field: string;
    readonly declared_in: string | null;
  }[];
}

/** One thing that a test looked at, in the order of looking. */
export interface BlockTestStep {
  readonly name: string;
  readonly state: "ok" | "failed" | "skipped";
  /** What was found, or exactly what is wrong. Never a secret. */
  readonly message: string | null;
  readonly duration_ms: number;
}

/** What a block is given to say: by its method notify(text), send({ subject, text, to }) or call(payload). */
export type BlockMessage =
  | { readonly type: "slack"; readonly text: string }
  | { readonly type: "email"; readonly subject: string; readonly text: string; readonly to?: readonly string[] }
  | { readonly type: "webhook"; readonly payload: unknown };

export interface BlockTest {
  readonly ok: boolean;
  readonly steps: readonly BlockTestStep[];
}

export interface SaveBlockDocument {
  /**
   * In a secret field: a text is the new secret, `hiddenSecret` keeps what is saved, null removes it, `{ $env }` refers
   * to a variable. Anywhere: `{ $block: "slug/name" }` refers to a block.
   */
  readonly data: Readonly<Record<string, unknown>>;
  /** Without it a name that is taken is a conflict. */
  readonly overwrite?: boolean;
  /** The version that the change was made from: another one in the home is a conflict. */
  readonly if_version?: number;
  /** For a new document: the one of its type whose secrets `hiddenSecret` stands for. */
  readonly copy_of?: string;
}

export interface BlockRoutes {
  "GET /api/block_types": { readonly answer: { readonly block_types: readonly BlockType[] } };
  /** Registers the block classes that a file or an installed package exports; loads it in a runner. */
  "POST /api/block_types": {
    readonly body: { readonly module: string; readonly cwd?: string };
    readonly answer: { readonly block_types: readonly BlockType[] };
  };
  /** A built-in type stays, and one that has documents: those are removed first. */
  "DELETE /api/block_types/:slug": { readonly answer: Record<string, never> };
  "GET /api/block_documents": { readonly answer: { readonly block_documents: readonly BlockDocument[] } };
  "GET /api/block_documents/:slug/:name": { readonly answer: BlockDocument & { readonly used_by: BlockUsers } };
  "PUT /api/block_documents/:slug/:name": { readonly body: SaveBlockDocument; readonly answer: BlockDocument };
  "POST /api/block_documents/:slug/:name/rename": {
    readonly body: { readonly name: string };
    readonly answer: BlockDocument;
  };
  /** A document that something uses is a conflict that names it; `force` removes it all the same. */
  "DELETE /api/block_documents/:slug/:name": {
    readonly body: { readonly force?: boolean };
    readonly answer: Record<string, never>;
  };
  /**
   * Tests values that need not be saved, in a runner, 15 s at most. `name`: the document that `hiddenSecret` values
   * stand for.
   */
  "POST /api/blocks/:slug/test": {
    readonly body: { readonly data: Readonly<Record<string, unknown>>; readonly name?: string; readonly cwd?: string };
    readonly answer: BlockTest;
  };
}
