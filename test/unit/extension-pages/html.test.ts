import assert from "node:assert/strict";
import { test } from "node:test";
import { pageHtml } from "../../../extension/pages/html.ts";

const options = {
  identity: {
    page: "run",
    run_id: "id",
    target: { uri: "file:///a.ts", export: null, name: `"><script>alert(1)</script>&'` },
    again: null,
  },
  known: {
    surroundings: { trusted: true, service: "connected", folders: [], profile: "", features: [] },
    flow_run: null,
  },
  title: "a <b>",
  language: "en",
  script: "https://webview/run.js",
  style: "https://webview/run.css",
  source: "https://webview",
  nonce: "n0nce",
} as const;

test("should allow a page its own script and style, and nothing else", () => {
  const html = pageHtml(options);
  const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1]?.replaceAll("&#39;", "'");
  assert.equal(
    policy,
    "default-src 'none'; style-src https://webview; font-src https://webview; img-src https://webview data:; script-src 'nonce-n0nce'",
  );
  assert.ok(!html.includes("style="));
  assert.equal(html.match(/<script/g)?.length, 1);
  assert.ok(html.includes('<html lang="en">'));
});

test("should hold script and style itself where their texts are given, under the same nonce", () => {
  const html = pageHtml({ ...options, texts: { script: "start('$&')", style: "b{}" } });
  assert.ok(html.includes("<script nonce=\"n0nce\">start('$&')</script>"));
  assert.ok(html.includes('<style nonce="n0nce">b{}</style>'));
  assert.ok(!html.includes("https://webview/run"));
  assert.match(html, /style-src https:\/\/webview &#39;nonce-n0nce&#39;;/);
});

test("should show the name and rows to come until the script draws, also when that takes a while", () => {
  const html = pageHtml(options);
  const main = /<main.*<\/main>/s.exec(html)?.[0] ?? "";
  assert.match(main, /<h1 class="first-name">a &lt;b&gt;<\/h1>/);
  assert.match(main, /skeleton-row/);
  assert.ok(!pageHtml({ ...options, identity: { page: "panel" } }).includes("<h1"));
});

test("should give names to a page as data, never as markup", () => {
  const html = pageHtml(options);
  assert.ok(!html.includes("<script>alert"));
  const text = /data-identity="([^"]*)"/.exec(html)?.[1] ?? "";
  const unescaped = text
    .replaceAll("&quot;", '"')
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
  assert.deepEqual(JSON.parse(unescaped), options.identity);
  assert.ok(html.includes("<title>a &lt;b&gt;</title>"));
});
