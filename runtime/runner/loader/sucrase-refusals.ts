import { blankText } from "./blank-text.ts";
import { LoadError, placeOf } from "./load-error.ts";

interface Refusal {
  /** Matched against the source with comments and strings blanked out; group 1 ends where the construct begins. */
  readonly pattern: RegExp;
  readonly what: string;
}

const reason = "cannot be compiled here, because esbuild has no binary for this platform or it could not be started";

const refusals: readonly Refusal[] = [
  { pattern: /^([ \t]*(?:export[ \t]+)?)(?:namespace|module)[ \t]+[\w$.]+\s*\{/mu, what: "a namespace" },
  { pattern: /(^|[\s(])@[\p{ID_Start}$_(]/mu, what: "a decorator" },
  {
    pattern: /^([ \t]*(?:(?:public|private|protected|static|override|readonly)[ \t]+)*)accessor[ \t]+[#\w$"'[]/mu,
    what: '"accessor"',
  },
];

const using: Refusal = {
  pattern: /^([ \t]*(?:await[ \t]+)?(?:for[ \t]*(?:await[ \t]*)?\([ \t]*)?)using[ \t]+[\w$]+\s*(?:=|of|:)/mu,
  what: '"using"',
};

/** V8 has `using` from Node 24 on. @throws LoadError naming the construct, its place, and the way out. */
export function refuseUnsupported(
  source: string,
  file: string,
  nodeMajor = Number.parseInt(process.versions.node, 10),
): void {
  const plain = blankText(source);
  for (const { pattern, what } of nodeMajor < 24 ? [...refusals, using] : refusals) {
    const match = pattern.exec(plain);
    if (match === null) continue;
    const { line, column, lineText } = placeOf(source, match.index + (match[1]?.length ?? 0));
    throw new LoadError(
      { file, line, column },
      `${what} ${reason}; install esbuild (npm i esbuild) or write it without`,
      lineText,
    );
  }
}
