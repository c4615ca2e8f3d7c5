/** The scripts and styles of pages as texts, each read once. */
import { readFileSync } from "node:fs";

export interface BundleTexts {
  readonly script: string;
  readonly style: string;
}

const read = new Map<string, BundleTexts | undefined>();

/**
 * What stands in the page instead of a link to it; undefined when it cannot: it is not there, or would end the element
 * that it stands in.
 * @param address of another file beside them that the style names (the icons' font), for the page
 */
export function bundleTexts(
  files: BundleTexts,
  address: (name: string) => string,
  readText: (file: string) => string = (file) => readFileSync(file, "utf8"),
): BundleTexts | undefined {
  let texts = read.get(files.script);
  if (texts === undefined && !read.has(files.script)) {
    texts = readBoth(files, readText);
    read.set(files.script, texts);
  }
  return texts && { script: texts.script, style: withAddresses(texts.style, address) };
}

function readBoth(files: BundleTexts, readText: (file: string) => string): BundleTexts | undefined {
  try {
    const texts = { script: readText(files.script), style: readText(files.style) };
    return staysInScript(texts.script) && !/<\/style/i.test(texts.style) ? texts : undefined;
  } catch {
    return undefined;
  }
}

/** Names beside the style, as `url("./codicon.ttf?hash")`, are looked for beside the page once it stands in it. */
export function withAddresses(style: string, address: (name: string) => string): string {
  return style.replace(/url\("?\.\/([^")?]+)(\?[^")]*)?"?\)/g, (_, name: string) => `url("${address(name)}")`);
}

/** After "<!--" HTML counts the script elements that open within a script, and would want as many ends. */
function staysInScript(script: string): boolean {
  return !/<\/script/i.test(script) && !(script.includes("<!--") && /<script/i.test(script));
}
