/** dist/tsconfig.cjs: parses a tsconfig.json with its `extends`. Loaded only when the kept parse does not fit. */
import path from "node:path";
import { getTsconfig } from "get-tsconfig";
import { stampOf } from "./tsconfig.ts";

export interface TsconfigParse {
  /** The compiler options that change a file's JavaScript, in a fixed order. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly paths: readonly PathPattern[];
  /** Absolute; only when the config sets it. */
  readonly baseUrl?: string;
  /** Every file that was looked at, with what it looked like; "" for one that was not there. */
  readonly files: readonly { readonly file: string; readonly stamp: string }[];
}

/** A key of `paths`; without a `suffix` it has no "*" and matches whole. Targets are absolute and may hold one "*". */
export interface PathPattern {
  readonly prefix: string;
  readonly suffix?: string;
  readonly targets: readonly string[];
}

const optionNames = [
  "alwaysStrict",
  "emitDecoratorMetadata",
  "experimentalDecorators",
  "importsNotUsedAsValues",
  "jsx",
  "jsxFactory",
  "jsxFragmentFactory",
  "jsxImportSource",
  "preserveValueImports",
  "strict",
  "target",
  "useDefineForClassFields",
  "verbatimModuleSyntax",
] as const;

/** @throws Error with the reason when the config, or one it extends, can't be read. */
export function parseTsconfigFile(file: string): TsconfigParse {
  const looked = new Map<string, unknown>();
  const found = getTsconfig(path.dirname(file), path.basename(file), looked);
  const compilerOptions: Readonly<Record<string, unknown>> = { ...found?.config.compilerOptions };
  const baseUrl = compilerOptions["baseUrl"];
  const base = path.resolve(path.dirname(file), typeof baseUrl === "string" ? baseUrl : pathsBase(compilerOptions));
  return {
    options: Object.fromEntries(
      optionNames.flatMap((name) => (name in compilerOptions ? [[name, compilerOptions[name]]] : [])),
    ),
    paths: Object.entries(found?.config.compilerOptions?.paths ?? {}).map(([pattern, targets]) => {
      const [prefix = "", suffix] = pattern.split("*");
      return {
        prefix,
        ...(suffix === undefined ? {} : { suffix }),
        targets: targets.map((target) => path.resolve(base, target)),
      };
    }),
    ...(typeof baseUrl === "string" ? { baseUrl: base } : {}),
    files: filesOf(looked).map((name) => ({ file: name, stamp: stampOf(name) })),
  };
}

/** Where `paths` of an extended config count from: get-tsconfig keeps that folder under a symbol of its own. */
function pathsBase(compilerOptions: object): string {
  for (const symbol of Object.getOwnPropertySymbols(compilerOptions)) {
    const value: unknown = Reflect.get(compilerOptions, symbol);
    if (typeof value === "string") return value;
  }
  return ".";
}

/** get-tsconfig keys its cache "<operation>:<path>[:<encoding>]". */
function filesOf(looked: ReadonlyMap<string, unknown>): string[] {
  const names = [...looked.keys()].flatMap((key) => {
    const match = /^(?:existsSync|readFileSync|statSync):(.*?)(?::utf-?8)?$/i.exec(key);
    return match?.[1] === undefined ? [] : [path.normalize(match[1])];
  });
  return [...new Set(names)];
}
