import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { parseObject, readPairs, readParameters, readValue } from "../../../runtime/cli/run/parameters.ts";
import { splitTarget } from "../../../runtime/cli/run/target.ts";
import { temporaryFolder } from "../../support/places.ts";

const never = () => false;

test("should split a file from its flow at the last colon", () => {
  assert.deepEqual(splitTarget("etl.ts:main", never), { file: "etl.ts", flow: "main" });
  assert.deepEqual(splitTarget("etl.ts", never), { file: "etl.ts", flow: undefined });
  assert.deepEqual(splitTarget("etl.ts:", never), { file: "etl.ts", flow: "" });
});

test("should leave drive letters and colons inside paths alone", () => {
  assert.deepEqual(splitTarget("C:\\flows\\etl.ts", never), { file: "C:\\flows\\etl.ts", flow: undefined });
  assert.deepEqual(splitTarget("C:\\flows\\etl.ts:main", never), { file: "C:\\flows\\etl.ts", flow: "main" });
  assert.deepEqual(splitTarget("c:etl.ts", never), { file: "c:etl.ts", flow: undefined });
  assert.deepEqual(splitTarget("a:b/etl.ts", never), { file: "a:b/etl.ts", flow: undefined });
});

test("should take a file with a colon in its name when it is there", () => {
  assert.deepEqual(
    splitTarget("a:b.ts", (file) => file === "a:b.ts"),
    { file: "a:b.ts", flow: undefined },
  );
});

test("should read values as JSON where they are JSON, else as text", () => {
  assert.equal(readValue("2021"), 2021);
  assert.deepEqual(readValue("[1, 2]"), [1, 2]);
  assert.equal(readValue("yellow"), "yellow");
  assert.equal(readValue('"2021"'), "2021");
  assert.equal(readValue(""), "");
  assert.equal(readValue("true"), true);
});

test("should never change a number by reading it", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 80n }), (number) => {
      assert.equal(String(readValue(String(number))), String(number));
    }),
  );
});

test("should split pairs at the first equals sign, and refuse the rest", () => {
  assert.deepEqual(readPairs(["a=1", "b=x=y"]), { a: 1, b: "x=y" });
  assert.throws(() => readPairs(["a"]), { code: "bad-usage", message: /write -p KEY=VALUE/ });
  assert.throws(() => readPairs(["a=1", "a=2"]), { code: "bad-usage", message: /-p a= was given twice/ });
});

test("should keep a parameter called __proto__ a parameter", () => {
  assert.deepEqual(Object.keys(readPairs(["__proto__=1"])), ["__proto__"]);
});

test("should let single pairs win over the file", (t) => {
  const cwd = temporaryFolder(t);
  writeFileSync(path.join(cwd, "p.json"), '\ufeff{"year": 2020, "color": "green"}');
  assert.deepEqual(readParameters({ pairs: ["year=2021"], params: "p.json", cwd }), { year: 2021, color: "green" });
  assert.deepEqual(readParameters({ pairs: [], params: '{"a": 1}', cwd }), { a: 1 });
  assert.throws(() => readParameters({ pairs: [], params: "nope.json", cwd }), {
    code: "bad-usage",
    message: /--params nope\.json: there is no such file/,
  });
});

test("should say in which line and column a parameter file stops being JSON", () => {
  const cases: [string, string][] = [
    ['{\n  "a": 1,\n  "b": oops\n}', "p.json:3:8"],
    ['{"a": 1,}', "p.json:1:9"],
    ['{"a": ', "p.json:1:6"],
    ['{\n  "a": [1, 2\n}', "p.json:3:1"],
    ["{'a': 1}", "p.json:1:2"],
  ];
  for (const [text, place] of cases) {
    assert.throws(
      () => parseObject(text, "p.json"),
      { code: "bad-usage", exitCode: 2, message: new RegExp(`^${place}: the parameters are no valid JSON: `) },
      text,
    );
  }
});

test("should refuse parameters that are no object", () => {
  for (const text of ["[1]", "3", "null", '"x"']) {
    assert.throws(() => parseObject(text, "p.json"), {
      code: "bad-usage",
      message: /p\.json: parameters are an object/,
    });
  }
});
