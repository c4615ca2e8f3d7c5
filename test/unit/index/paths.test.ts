import assert from "node:assert/strict";
import { test } from "node:test";
import { insideAny, pathKey } from "../../../runtime/orchestrator/index/paths.ts";

test("should know a file on Windows by any spelling of its drive, its case and its separators", () => {
  const key = pathKey("C:\\Work\\etl.ts", "win32");
  for (const other of ["c:\\work\\ETL.ts", "C:/Work/etl.ts", "c:\\work\\.\\x\\..\\etl.ts"]) {
    assert.equal(pathKey(other, "win32"), key);
  }
  assert.notEqual(pathKey("d:\\work\\etl.ts", "win32"), key);
});

test("should tell on Linux what differs only in case apart, on macOS not", () => {
  assert.notEqual(pathKey("/Work/etl.ts", "linux"), pathKey("/work/etl.ts", "linux"));
  assert.equal(pathKey("/Work/e\u0301tl.ts", "darwin"), pathKey("/work/\u00e9tl.ts", "darwin"));
});

test("should find what lies in a folder at any depth, and nothing that only begins like it", () => {
  const inside = insideAny(["c:\\Work", "D:\\"], "win32");
  assert.equal(inside("C:\\work\\deep\\etl.ts"), true);
  assert.equal(inside("C:/WORK/etl.ts"), true);
  assert.equal(inside("d:/etl.ts"), true);
  assert.equal(inside("C:\\workshop\\etl.ts"), false);
  assert.equal(insideAny(["/"], "linux")("/etl.ts"), true);
  assert.equal(insideAny(["/work/a"], "linux")("/work/a"), false);
  assert.equal(insideAny(["/work/a"], "linux")(""), false);
});
