import assert from "node:assert/strict";
import { test } from "node:test";
import MarkdownIt from "markdown-it";
import { commandLink, escapeMarkdown, withoutLinks } from "../../../extension/markup.ts";

const markdown = new MarkdownIt({ html: false });
markdown.validateLink = () => true;

const nasty = [
  "a) [x](command:workbench.action.quit",
  "[x](command:workbench.action.quit)",
  "**bold** `code` <b> _it_ $(sync) ~~no~~ | # 1. - x",
  "(copy) [two]",
  "back\\slash] (",
];

test("should show names as they are, whatever they look like", () => {
  for (const text of nasty) {
    const html = markdown.renderInline(escapeMarkdown(text));
    assert.ok(!html.includes("<"), html);
    const shown = html
      .replaceAll("&lt;", "<")
      .replaceAll("&gt;", ">")
      .replaceAll("&quot;", '"')
      .replaceAll("&amp;", "&");
    assert.equal(shown.replaceAll("\\$", "$"), text);
  }
});

test("should make one link with its own command of any name and argument", () => {
  for (const text of nasty) {
    const html = markdown.renderInline(commandLink(text, "millrace.openRun", { run_id: text }));
    assert.equal(html.match(/<a /g)?.length, 1, html);
    const href = /href="([^"]*)"/.exec(html)?.[1] ?? "";
    assert.ok(href.startsWith("command:millrace.openRun?"), href);
    const query = href
      .slice(href.indexOf("?") + 1)
      .replaceAll("&amp;", "&")
      .replaceAll("&quot;", '"');
    assert.deepEqual(JSON.parse(decodeURIComponent(query)), [{ run_id: text }]);
    assert.ok(html.endsWith("</a>"), html);
  }
});

test("should leave no link in the text of a notification", () => {
  assert.equal(withoutLinks("see [x](command:y) and a[0](b)"), "see [x] (command:y) and a[0] (b)");
  assert.equal(withoutLinks("plain (text) [here]"), "plain (text) [here]");
});
