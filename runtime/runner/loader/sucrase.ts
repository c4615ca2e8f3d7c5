/**
 * dist/sucrase.cjs: the fallback where esbuild has no binary. sucrase drops or passes through what it does not know,
 * so what it can't do is found first and refused with a reason.
 */
import { type Options, transform } from "sucrase";
import { finishModule } from "./compile.ts";
import { LoadError, lineOf } from "./load-error.ts";
import { refuseUnsupported } from "./sucrase-refusals.ts";
import type { Transformer, TransformOptions } from "./transform.ts";
import type { CompiledModule } from "./transform-cache.ts";

export function makeSucraseTransformer(): Transformer {
  return {
    name: "sucrase",
    compileSync,
    compile: async (source, file, options) => compileSync(source, file, options),
    stop: async () => undefined,
  };
}

function compileSync(source: string, file: string, options: TransformOptions): CompiledModule {
  refuseUnsupported(source, file);
  try {
    const { code, sourceMap } = transform(source, sucraseOptions(file, options));
    return finishModule(source, file, { code, map: JSON.stringify(sourceMap) });
  } catch (error) {
    throw sucraseError(error, source, file);
  }
}

function sucraseOptions(file: string, options: TransformOptions): Options {
  const jsx = options["jsx"];
  const text = (name: string): string | undefined => {
    const value = options[name];
    return typeof value === "string" ? value : undefined;
  };
  const pragma = text("jsxFactory");
  const fragment = text("jsxFragmentFactory");
  const importSource = text("jsxImportSource");
  return {
    transforms: /x$/i.test(file) ? ["typescript", "jsx"] : ["typescript"],
    filePath: file,
    production: true,
    disableESTransforms: true,
    jsxRuntime: jsx === "react" ? "classic" : jsx === undefined ? "classic" : "automatic",
    ...(pragma === undefined ? {} : { jsxPragma: pragma }),
    ...(fragment === undefined ? {} : { jsxFragmentPragma: fragment }),
    ...(importSource === undefined ? {} : { jsxImportSource: importSource }),
    sourceMapOptions: { compiledFilename: file },
  };
}

/** sucrase says "Error transforming FILE: message (line:column)". */
function sucraseError(thrown: unknown, source: string, file: string): unknown {
  if (!(thrown instanceof Error)) return thrown;
  const match = /^(?:Error transforming .*?: )?([\s\S]*) \((\d+):(\d+)\)$/.exec(thrown.message);
  if (match === null) return thrown;
  const [, message = "", line, column] = match;
  const at = { file, line: Number(line), column: Number(column) };
  return new LoadError(at, message, lineOf(source, at.line));
}
