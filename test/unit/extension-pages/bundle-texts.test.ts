import assert from "node:assert/strict";
import { test } from "node:test";
import { bundleTexts, withAddresses } from "../../../extension/pages/bundle-texts.ts";

const address = (name: string): string => `https://webview/${name}`;
let bundles = 0;

function textsOf(script: string, style: string) {
  const name = `bundle-${++bundles}`;
  return bundleTexts({ script: `${name}.js`, style: `${name}.css` }, address, (file) =>
    file.endsWith(".js") ? script : style,
  );
}

test("should name the files beside a style by their full address", () => {
  assert.equal(
    withAddresses('@font-face{src:url("./codicon.ttf?721d") format("truetype")}i{background:url(data:x)}', address),
    '@font-face{src:url("https://webview/codicon.ttf") format("truetype")}i{background:url(data:x)}',
  );
  assert.equal(withAddresses("b{src:url(./a.ttf)}", address), 'b{src:url("https://webview/a.ttf")}');
});

test("should give no texts that would end their element early", () => {
  assert.deepEqual(textsOf("start()", "b{}"), { script: "start()", style: "b{}" });
  assert.equal(textsOf("x = '</SCRIPT>'", "b{}"), undefined);
  assert.deepEqual(textsOf("x = '<!--'", "b{}")?.script, "x = '<!--'");
  assert.equal(textsOf("x = '<!-- <script>'", "b{}"), undefined);
  assert.equal(textsOf("start()", "b{content:'</style>'}"), undefined);
});

test("should leave bundles that cannot be read to the link", () => {
  assert.equal(bundleTexts({ script: "/no/such.js", style: "/no/such.css" }, address), undefined);
});
