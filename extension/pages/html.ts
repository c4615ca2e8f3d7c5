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
  /** `webview.cspSource` */
  readonly source: string;
  /** Fresh for each page. */
  readonly nonce: string;
}

export function pageHtml({ identity, known, title, language, script, style, source, nonce }: PageHtml): string {
  const policy = [
    "default-src 'none'",
    `style-src ${source}`,
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
<link rel="stylesheet" href="${escapeHtml(style)}">
</head>
<body data-page="${identity.page}">
<main data-identity="${escapeHtml(JSON.stringify(identity))}" data-known="${escapeHtml(JSON.stringify(known))}"></main>
<script nonce="${escapeHtml(nonce)}" src="${escapeHtml(script)}"></script>
</body>
</html>
`;
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
