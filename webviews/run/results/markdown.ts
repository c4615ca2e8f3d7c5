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
