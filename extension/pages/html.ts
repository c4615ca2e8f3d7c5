/** The HTML of a page: a frame for its script, and what it stands for. */
import type { PageIdentity, PageKnown } from "../../runtime/protocol/pages.ts";

export interface PageHtml {
  readonly identity: PageIdentity;
  readonly known: PageKnown;
  readonly title: string;
  /** The editor's display language, as "en" or "de". */
  readonly language: string;
  readonly script: string;
  readonly style: string;
  /** Their texts, which then stand in the page itself: fetching them takes the editor as long as all the rest of a page. */
  readonly texts?: { readonly script: string; readonly style: string };
  /** `webview.cspSource` */
  readonly source: string;
  /** Fresh for each page. */
  readonly nonce: string;
}

export function pageHtml({ identity, known, title, language, script, style, texts, source, nonce }: PageHtml): string {
  const policy = [
    "default-src 'none'",
    `style-src ${source}${texts === undefined ? "" : ` 'nonce-${nonce}'`}`,
    `font-src ${source}`,
    `img-src ${source} data:`,
    `script-src 'nonce-${nonce}'`,
  ].join("; ");
  return `<!DOCTYPE html>
<html lang="${escapeHtml(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
${
  texts === undefined
    ? `<link rel="stylesheet" href="${escapeHtml(style)}">`
    : `<style nonce="${escapeHtml(nonce)}">${texts.style}</style>`
}
</head>
<body data-page="${identity.page}">
<main data-identity="${escapeHtml(JSON.stringify(identity))}" data-known="${escapeHtml(JSON.stringify(known))}">${first(identity, title)}</main>
${
  texts === undefined
    ? `<script nonce="${escapeHtml(nonce)}" src="${escapeHtml(script)}"></script>`
    : `<script nonce="${escapeHtml(nonce)}">${texts.script}</script>`
}
</body>
</html>
`;
}

/** What is seen until the script has drawn: the name and rows that will be there, by the pages' own style. */
function first(identity: PageIdentity, title: string): string {
  const name = identity.page === "panel" ? "" : `<h1 class="first-name">${escapeHtml(title)}</h1>`;
  const late = "This page takes long to begin. If it stays like this, close its tab and open it again.";
  return `${name}<p class="first-late" role="status">${late}</p><div class="skeleton" aria-hidden="true">${'<div class="skeleton-row"></div>'.repeat(6)}</div>`;
}

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => escapes[character] ?? character);
}
