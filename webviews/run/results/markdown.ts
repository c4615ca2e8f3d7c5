/**
 * Markdown of artifacts as HTML that a page may show: no HTML of its own, no styles, no addresses that the browser
 * would open or load by itself. Links carry their target in `data-href` and are opened by the host.
 */
import MarkdownIt from "markdown-it";

const markdown = new MarkdownIt({ html: false, linkify: true, breaks: false });
const { escapeHtml } = markdown.utils;

markdown.renderer.rules["link_open"] = (tokens, index) => {
  const target = String(tokens[index]?.attrGet("href") ?? "");
  return `<a role="link" tabindex="0" title="${escapeHtml(target)}" data-href="${escapeHtml(target)}">`;
};
markdown.renderer.rules["image"] = (tokens, index) => {
  const source = String(tokens[index]?.attrGet("src") ?? "");
  const text = escapeHtml(tokens[index]?.content || "image");
  // The page loads nothing from elsewhere: such an image is a link.
  return source.startsWith("data:image/")
    ? `<img src="${escapeHtml(source)}" alt="${text}">`
    : `<a role="link" tabindex="0" title="${escapeHtml(source)}" data-href="${escapeHtml(source)}">${text}</a>`;
};
for (const tag of ["th", "td"]) {
  markdown.renderer.rules[`${tag}_open`] = (tokens, index) => {
    const style = String(tokens[index]?.attrGet("style") ?? "");
    return style.includes("right") ? `<${tag} class="number">` : `<${tag}>`;
  };
}

export function markdownHtml(text: string): string {
  return markdown.render(text);
}

export type LinkTarget = { readonly url: string } | { readonly file: string; readonly line?: number };

/** Where a link of a text leads: the web, or a place in a file (`etl.ts:12`, `etl.ts#L12`). */
export function targetOf(href: string): LinkTarget | undefined {
  if (/^(?:https?|mailto):/i.test(href)) return { url: href };
  const parts = /^(.+?)(?:[:#]L?(\d+)(?::\d+)?)?$/.exec(decode(href));
  const [, file, line] = parts ?? [];
  if (file === undefined || file.startsWith("#") || /^[a-z][a-z0-9+.-]+:/i.test(file)) return undefined;
  return { file, ...(line === undefined ? {} : { line: Number(line) }) };
}

function decode(text: string): string {
  try {
    return decodeURI(text);
  } catch {
    return text;
  }
}
