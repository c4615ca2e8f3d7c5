/**
 * The stub package: a few small files in `node_modules/millrace` of a folder that has not installed the real one. They
 * point at the SDK in the home, for TypeScript (in the editor) and for Node (`node ingest.ts`). Pure.
 */
import path from "node:path";
import { pathToFileURL } from "node:url";

/** What the package exports → its files. */
const entries = { ".": "index", "./blocks": "blocks", "./testing": "testing" } as const;

export interface StubOptions {
  /** $MILLRACE_HOME/sdk/<version> */
  readonly sdk: string;
  readonly version: string;
  /**
   * Where the types of Node come from: TypeScript looks for them only when a tsconfig names them. "own": the folder has
   * @types/node, and a second copy of another major would contradict it.
   */
  readonly nodeTypes: "bundled" | "own";
}

/** File name → content. */
export function stubFiles({ sdk, version, nodeTypes }: StubOptions): ReadonlyMap<string, string> {
  const files = new Map<string, string>([[".gitignore", "*\n"]]);
  const node =
    nodeTypes === "own"
      ? '/// <reference types="node" />\n'
      : `/// <reference path=${JSON.stringify(forTypeScript(path.join(sdk, "node_modules", "@types", "node", "index.d.ts")))} />\n`;
  for (const name of Object.values(entries)) {
    const target = path.join(sdk, `${name}.js`);
    // TypeScript wants a path; on Windows Node wants an address.
    files.set(`${name}.d.ts`, `${node}export * from ${JSON.stringify(forTypeScript(target))};\n`);
    files.set(`${name}.js`, `export * from ${JSON.stringify(pathToFileURL(target).href)};\n`);
  }
  // Last: whoever sees it sees all of the package.
  const exported = Object.entries(entries).map(([key, name]) => [
    key,
    { types: `./${name}.d.ts`, default: `./${name}.js` },
  ]);
  const manifest = {
    name: "millrace",
    version,
    private: true,
    description: "Made by the Millrace extension: points at the SDK that it carries. Install millrace to replace it.",
    type: "module",
    types: "./index.d.ts",
    millrace: { stub: true },
    exports: { ...Object.fromEntries(exported), "./package.json": "./package.json" },
  };
  files.set("package.json", `${JSON.stringify(manifest, null, 2)}\n`);
  return files;
}

export const stubFileNames: ReadonlySet<string> = new Set(stubFiles({ sdk: "", version: "", nodeTypes: "own" }).keys());

/** Whether a package.json is that of a stub; the real package is left alone. */
export function isStubManifest(text: string): boolean {
  try {
    const manifest: unknown = JSON.parse(text);
    if (typeof manifest !== "object" || manifest === null || !("millrace" in manifest)) return false;
    const { millrace } = manifest;
    return typeof millrace === "object" && millrace !== null && "stub" in millrace && millrace.stub === true;
  } catch {
    return false;
  }
}

function forTypeScript(file: string): string {
  return file.replaceAll("\\", "/");
}
