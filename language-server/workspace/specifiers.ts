/** Which file an import means, among those that are known. Nothing is looked up on disk. */
const endings = [".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs"];

/** What TypeScript looks for where JavaScript's ending is written. */
const sources: Readonly<Record<string, readonly string[]>> = {
  ".js": [".ts", ".tsx"],
  ".jsx": [".tsx"],
  ".mjs": [".mts"],
  ".cjs": [".cts"],
};

/** The addresses that `specifier` may mean, in the order in which they are tried. */
export function* candidates(address: string): Generator<string> {
  yield address;
  const ending = /\.[cm]?jsx?$/.exec(address)?.[0];
  for (const other of ending === undefined ? [] : (sources[ending] ?? []))
    yield address.slice(0, -(ending?.length ?? 0)) + other;
  for (const other of endings) yield address + other;
  for (const other of endings) yield `${address.replace(/\/$/, "")}/index${other}`;
}

/** The address of a relative specifier; undefined for the name of a package. */
export function relativeAddress(fromUri: string, specifier: string): string | undefined {
  if (!/^\.{1,2}(?:\/|$)/.test(specifier)) return undefined;
  const parts = fromUri.split("/").slice(0, -1);
  for (const part of specifier.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(encodePart(part));
  }
  return parts.join("/");
}

export function encodePart(part: string): string {
  return encodeURIComponent(part).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
